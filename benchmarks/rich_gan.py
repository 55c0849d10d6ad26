"""Generated DLLs beside simulated ones: ``python -m benchmarks.rich_gan``.

Every contender runs in a process of its own, and they take turns, so that a busy machine is equally busy for all.
"""

from benchmarks.contenders import Contender, compete, table
from zoo import cli

TRACKS = 81_920  # in one call
BATCH = 8192
ASKED = {"P": 2e4, "eta": 3.0, "nspdhits": 250.0}
# Tracks per second on one thread, arXiv:1905.11825, section 5: another machine.
PUBLISHED = {"published, with quantile transform": 1e4, "published, without": 4e4}


def simulator():
    from reproductions.rich_gan.simulate import generate

    def run(tracks):
        for _ in generate("kaon", tracks, seed=1):
            pass

    return run


def network(name):
    import zoo

    generator = zoo.load(name)
    return lambda tracks: generator.sample(tracks, 1, batch_size=BATCH, **ASKED)


def paper():
    """The generator of the paper's size, without quantile layers: weights do not change its speed."""
    import numpy as np

    from reproductions.rich_gan.model import generator
    from zoo.generator import compiled

    run = compiled(generator(5, 3))
    rng = np.random.default_rng(1)

    def call(tracks):
        for _ in range(0, tracks, BATCH):
            told = np.zeros((BATCH, 3), np.float32)
            np.asarray(run({"z": rng.standard_normal((BATCH, 64), np.float32), "told": told}))

    return call


def rows(costs, tracks):
    """The table of `costs`, {name: Cost} of so many tracks; ratios are to the simulator's CPU time."""
    simulated = costs["simulator"].cpu
    lines = [["", "tracks / CPU s", "tracks / s", "/ simulator"]]
    for name, cost in costs.items():
        lines.append([name, f"{tracks / cost.cpu:.0f}", f"{tracks / cost.wall:.0f}", f"{simulated / cost.cpu:.2f}"])
    return [
        *lines,
        *([name, f"{rate:.0f}", "", f"{rate * simulated / tracks:.2f}"] for name, rate in PUBLISHED.items()),
    ]


def main():
    parser = cli.Parser(prog="python -m benchmarks.rich_gan", what=__doc__, example="python -m benchmarks.rich_gan")
    parser.add_argument("--repeats", type=int, default=5, help="rounds, of which the median is printed (%(default)s)")
    parser.add_argument("--tracks", type=int, default=TRACKS, help="tracks of a call, in whole batches (%(default)s)")
    args = parser.parse_args()

    import zoo

    contenders = {"simulator": Contender(simulator), "paper's network alone": Contender(paper)}
    contenders |= {name: Contender(network, name) for name in zoo.list_models("rich_gan_kaon_plus")}
    tracks = -(-args.tracks // BATCH) * BATCH
    costs = compete(contenders, tracks, 1, args.repeats)
    print(f"{tracks} kaons, five DLLs\n\n{table(rows(costs, tracks))}\n")
    print("Published: another machine, one thread, not like for like.")


if __name__ == "__main__":
    cli.run(main)
