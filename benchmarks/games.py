"""An update of each paper's game beside its floor: ``python -m benchmarks.games``.

One update of the generator with all of its opponent's, as the room's defaults have them, compiled through XLA. Every
contender runs in a process of its own, and they take turns, so that a busy machine is equally busy for all.
"""

import functools

from benchmarks import floor
from benchmarks.contenders import Contender, compete, table
from zoo import cli

TRACKS = 850  # of the RICH's batches: a twentieth of the paper's


def tpc(**changes):
    from reproductions.tpc_gan import data, train
    from reproductions.tpc_gan.config import Config

    config = Config(**changes)
    trainer, _ = train.build(config, rounds=1)
    return config, trainer, train.seen(data.load(data.SAMPLE), config), train.round_size(config)


def rich(**changes):
    from reproductions.rich_gan import train
    from reproductions.rich_gan.config import Config
    from reproductions.rich_gan.simulate import generate
    from reproductions.rich_gan.train import COORDINATES

    config = Config(**{"batch_size": TRACKS, **changes})
    tracks = next(generate(config.particle, 2 * (config.critic_steps + 1) * config.batch_size, seed=1))
    system = COORDINATES[config.coordinates](tracks)
    trainer, _ = train.build(config, system, len(tracks["P"]))
    batches = train.batches(config, system, tracks)
    return config, trainer, batches.arrays, batches.batch_size


def ecal(**changes):
    from reproductions.ecal_gan import data, model, train
    from reproductions.ecal_gan.config import Config

    config = Config(**changes)
    trainer, _ = train.build(config, model.regressor(filters=config.filters))
    return config, trainer, data.load(None), config.batch_size


GAMES = {"tpc_gan": tpc, "rich_gan": rich, "ecal_gan": ecal}


@functools.cache
def game(name, **changes):
    """(configuration, trainer, batches of a single update of the generator each) of a room."""
    import keras

    from zoo.training.batches import Batches

    keras.utils.set_random_seed(1)
    config, trainer, arrays, size = GAMES[name](**changes)
    return config, trainer, Batches(arrays, size, seed=1, length=1)


def play(name, **changes):
    """A contender's setup: an update of the generator with all of its opponent's, whatever the size."""
    config, trainer, batches = game(name, **changes)
    trainer.compile(jit=config.jit)
    return lambda _: trainer.fit(batches, verbose=0)


def multiplications(name, **changes):
    """Those of the products of that update."""
    _, trainer, batches = game(name, **changes)
    return floor.traced(trainer, batches[0])


def rows(costs, multiplied, product):
    """The table of `costs`, {name: Cost}, beside the plain `product` and so many multiplications {name: number}."""
    lines = [["an update of the generator, with its opponent's", "GFLOP", "floor, CPU s", "CPU s", "/ floor"]]
    for name, cost in costs.items():
        least = floor.seconds(multiplied[name], product)
        lines.append(
            [name, f"{2e-9 * multiplied[name]:.1f}", f"{least:.3f}", f"{cost.cpu:.3f}", f"{cost.cpu / least:.1f}"]
        )
    return lines


def main():
    parser = cli.Parser(prog="python -m benchmarks.games", what=__doc__, example="python -m benchmarks.games")
    parser.add_argument("--repeats", type=int, default=5, help="rounds, of which the median is printed (%(default)s)")
    parser.add_argument("--rooms", nargs="+", choices=tuple(GAMES), default=tuple(GAMES), help="(all)")
    args = parser.parse_args()

    contenders = {name: Contender(play, name) for name in args.rooms}
    multiplied = {name: contenders[name].ask(functools.partial(multiplications, name)) for name in args.rooms}
    costs = compete(contenders | {"": Contender(floor.multiply)}, 1, 1, args.repeats)
    print(table(rows(costs, multiplied, costs.pop(""))))
    print(f"\nDefaults, the papers'; rich_gan in batches of {TRACKS:,}. The floor: the same products, as a plain one.")


if __name__ == "__main__":
    cli.run(main)
