"""The top-pair GAN beside a plain matrix product and beside Pythia: ``python -m benchmarks.top_pair_gan``."""

import functools

import numpy as np

from benchmarks.contenders import Contender, compete, table
from zoo import cli

BATCH, GENERATED = 1024, 8192
UNITS, DEPTH = 512, 10
PRODUCTS = 36  # multiplied and timed together
PYTHIA = 20_000  # events, so that the start of the program does not count
# Products of a network's size that an iteration needs. Discriminator, real and generated each: forward, the gradient by
# the inputs, and the gradients of both by weights and activations. Then for the generator's step: forward and back.
DISCRIMINATOR, GENERATOR = 2 * 6 + 2, 1 + 3


def operations(batch, inputs, outputs):
    """Floating-point operations of one pass forward: a multiplication and an addition for each weight."""
    return 2 * batch * (inputs * UNITS + (DEPTH - 1) * UNITS**2 + UNITS * outputs)


def iteration(batch):
    """Floating-point operations of an update of both networks."""
    return DISCRIMINATOR * operations(batch, 24, 1) + GENERATOR * operations(batch, 18, 18)


def train(jit):
    import keras

    from reproductions.top_pair_gan import data
    from reproductions.top_pair_gan.config import Config
    from reproductions.top_pair_gan.train import build, seen
    from zoo.training.batches import Batches

    keras.utils.set_random_seed(1)
    config = Config()
    trainer, _ = build(config)
    trainer.compile(jit=jit)
    batches = functools.cache(lambda size: Batches(seen(data.load(data.SAMPLE, size), config), size, seed=1))
    return lambda size: trainer.fit(batches(size), verbose=0)


def generate(mapping=False, units=UNITS, depth=DEPTH):
    import keras

    from reproductions.top_pair_gan import model
    from zoo.generator import compiled

    keras.utils.set_random_seed(1)
    network = model.generator(units, depth, mapping)
    run = compiled(network)
    z = functools.cache(
        lambda size: np.random.default_rng(1).standard_normal((size, network.input["z"].shape[1]), np.float32)
    )
    return lambda size: np.asarray(run({"z": z(size)})["p4"])


def multiply():
    """PRODUCTS products, one after the other, of a batch with the kernel of a hidden layer."""
    import tensorflow as tf

    kernel = tf.Variable(tf.random.normal((UNITS, UNITS), stddev=UNITS**-0.5))
    x = functools.cache(lambda size: tf.random.normal((size, UNITS)))

    @tf.function
    def run(x):
        for _ in range(PRODUCTS):
            x = x @ kernel
        return x

    return lambda size: run(x(size)).numpy()


def simulate():
    from reproductions.top_pair_gan.simulate import simulate

    return lambda size: simulate(size, seed=1)


def rate(seconds, batch):
    """GFLOP per second of `multiply`."""
    return PRODUCTS * 2 * batch * UNITS**2 / seconds / 1e9


def training(repeats):
    product = "plain matrix product"
    contenders = {
        "XLA": Contender(train, True),
        "graph": Contender(train, False),
        product: Contender(multiply),
    }
    costs = compete(contenders, BATCH, 1, repeats)
    ceiling = rate(costs.pop(product).cpu, BATCH)
    rows = [["", "CPU s", "wall s", "GFLOP/CPU s", "of the product"]]
    for name, cost in costs.items():
        found = iteration(BATCH) / cost.cpu / 1e9
        rows.append([name, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", f"{found:.1f}", f"{found / ceiling:.2f}"])
    return [*rows, [product, "", "", f"{ceiling:.1f}", "1"]]


def generation(repeats):
    product = "plain matrix product"
    contenders = {"network": Contender(generate), product: Contender(multiply)}
    costs = compete(contenders, GENERATED, 1, repeats)
    costs |= compete({"plus": Contender(generate, True, 128, 3)}, GENERATED, 1, repeats)
    costs |= compete({"Pythia": Contender(simulate)}, PYTHIA, 1, repeats)
    ceiling = rate(costs.pop(product).cpu, GENERATED)
    rows = [["", "events per CPU s", "times Pythia", "of the product"]]
    for name, cost in costs.items():
        events = (PYTHIA if name == "Pythia" else GENERATED) / cost.cpu
        share = operations(GENERATED, 18, 18) / cost.cpu / 1e9 / ceiling
        times = events * costs["Pythia"].cpu / PYTHIA
        rows.append([name, f"{events:.0f}", f"{times:.2f}", f"{share:.2f}" if name == "network" else ""])
    return rows


def main():
    parser = cli.Parser(
        prog="python -m benchmarks.top_pair_gan", what=__doc__, example="python -m benchmarks.top_pair_gan"
    )
    parser.add_argument("--repeats", type=int, default=5, help="rounds, of which the median is printed (%(default)s)")
    parser.add_argument("--only", choices=("training", "generation"), help="one part")
    args = parser.parse_args()
    if args.only != "generation":
        print(f"An update of both networks at batch {BATCH}\n\n{table(training(args.repeats))}\n", flush=True)
    if args.only != "training":
        print(f"Generation at batch {GENERATED}\n\n{table(generation(args.repeats))}\n")
        print(f"plus: --mapping --units 128 --depth 3; Pythia: {PYTHIA} events at a time.")
        print("Plus and Pythia take their turns after the others.")


if __name__ == "__main__":
    cli.run(main)
