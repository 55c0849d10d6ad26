"""The ECAL GAN beside a shower library and Geant4: ``python -m benchmarks.ecal_gan``."""

import functools

import numpy as np

from benchmarks.contenders import Contender, compete, table
from zoo import cli

SIZES = (1, 128)
TRAINED = 32  # showers in a batch of the training
PAPER = {"CPU": 4.9, "GPU": 0.07}  # ms a shower, arXiv:1812.01319


def asked(size):
    """Momenta and points of `size` showers of the sample, over and over."""
    from reproductions.ecal_gan import data

    showers = data.load(None)
    rows = np.arange(size) % len(showers["point"])
    return data.conditions(data.take(showers, rows))


def generate(latent_size=512, filters=32):
    import keras

    from reproductions.ecal_gan import ours, train
    from reproductions.ecal_gan.config import Config
    from zoo.generator import Generator

    keras.utils.set_random_seed(1)
    config = Config(latent_size=latent_size, filters=filters)
    generator = Generator(ours.generator(**train.shape(config)), train.card(config, {}))
    inputs = functools.cache(asked)
    return lambda size: generator.sample(size, batch_size=size, **inputs(size))["energy"]


def released():
    import zoo

    generator = zoo.load("ecal_gan")
    inputs = functools.cache(asked)
    return lambda size: generator.sample(size, batch_size=size, **inputs(size))["energy"]


def sample():
    from reproductions.ecal_gan import data
    from reproductions.ecal_gan.library import ShowerLibrary

    library = ShowerLibrary(data.load(None))
    inputs = functools.cache(asked)
    return lambda size: library.sample(size, **inputs(size))["energy"]


def train(adversary, **changes):
    import keras

    from reproductions.ecal_gan import data, model
    from reproductions.ecal_gan.config import Config
    from reproductions.ecal_gan.train import build
    from zoo.training.batches import Batches

    keras.utils.set_random_seed(1)
    config = Config(adversary=adversary, lambda_score=1.0 - adversary, **changes)
    found = model.regressor(filters=config.filters) if adversary else None
    trainer, _ = build(config, found)
    trainer.compile(jit=config.jit)
    batches = functools.cache(lambda size: Batches(data.load(None, size), size, seed=1))
    return lambda size: trainer.fit(batches(size), verbose=0)


def simulated():
    """CPU milliseconds a shower that the sample took Geant4, from its attributes: measured when it was made."""
    from reproductions.ecal_gan import data
    from zoo.data import hdf5

    found = hdf5.attributes(data.SAMPLE)
    return 1000 * found["cpu_seconds"] / found["events"]


def generation(repeats):
    geant4 = simulated()
    rows = [["", "showers in a batch", "CPU ms a shower", "times Geant4"]]
    setups = {"the paper's networks": generate, "the released ones": released, "shower library": sample}
    for size in SIZES:
        costs = compete({name: Contender(setup) for name, setup in setups.items()}, size, 3, repeats)
        for name, cost in costs.items():
            milliseconds = 1000 * cost.cpu / size
            rows.append([name, str(size), f"{milliseconds:.3f}", f"{geant4 / milliseconds:.0f}"])
    rows += [[f"the paper says, {where}", "", f"{cost}", ""] for where, cost in PAPER.items()]
    return [*rows, ["Geant4, when the sample was made", "", f"{geant4:.0f}", "1"]]


def training(repeats):
    contenders = {
        "the paper's: 5 critic updates, 1 of the generator": Contender(train, True),
        "--no-critic --lambda-score 1": Contender(train, False),
    }
    costs = compete(contenders, TRAINED, 1, repeats)
    return [["", "CPU s"], *([name, f"{cost.cpu:.2f}"] for name, cost in costs.items())]


def main():
    parser = cli.Parser(prog="python -m benchmarks.ecal_gan", what=__doc__, example="python -m benchmarks.ecal_gan")
    parser.add_argument("--repeats", type=int, default=5, help="rounds, of which the median is printed (%(default)s)")
    parser.add_argument("--only", choices=("training", "generation"), help="one part")
    args = parser.parse_args()
    if args.only != "training":
        print(f"Generation\n\n{table(generation(args.repeats))}\n", flush=True)
    if args.only != "generation":
        print(f"An iteration at batch {TRAINED}\n\n{table(training(args.repeats))}\n")


if __name__ == "__main__":
    cli.run(main)
