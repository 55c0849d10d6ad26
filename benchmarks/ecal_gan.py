"""The ECAL GAN beside a shower library and Geant4: ``python -m benchmarks.ecal_gan``."""

import functools

import numpy as np

from benchmarks.contenders import Contender, compete, table
from zoo import cli

SIZES = (1, 128)
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


def main():
    parser = cli.Parser(prog="python -m benchmarks.ecal_gan", what=__doc__, example="python -m benchmarks.ecal_gan")
    parser.add_argument("--repeats", type=int, default=5, help="rounds, of which the median is printed (%(default)s)")
    args = parser.parse_args()
    print(table(generation(args.repeats)))


if __name__ == "__main__":
    cli.run(main)
