"""CaloGAN beside the original form in tf_keras and beside Geant4: ``python -m benchmarks.calogan``."""

import functools

import numpy as np

from benchmarks import floor, simulation
from benchmarks.contenders import Contender, compete, table
from zoo import cli
from zoo.data import geant4, hdf5
from zoo.errors import InputError

BATCH = 256
# Batch size: calls that are timed together, so that a short call is not lost in the clock's noise.
CALLS = {1: 100, 10: 30, 128: 4, 1024: 1}
PUBLISHED = {1024: 2.03}  # ms per shower on a CPU, arXiv:1705.02355
# The generator's one large matrix product, after Dense and convolution are folded into one map.
LATENT, OUTPUTS = 1024, 12_768


def train_original():
    from benchmarks.original_calogan import Training

    step, batch = Training().step, functools.cache(_batch)
    return lambda size: step(batch(size))


def train_ours(jit, **changes):
    import keras

    from reproductions.calogan.config import Config
    from reproductions.calogan.train import build
    from zoo.backend import KeepMemory
    from zoo.training.batches import Batches

    keras.utils.set_random_seed(1)
    trainer, _ = build(Config(**changes), _batch(BATCH))
    trainer.compile(jit=jit)
    batches = functools.cache(lambda size: Batches(_batch(size), size, seed=1))
    return lambda size: trainer.fit(batches(size), verbose=0, callbacks=[KeepMemory()])


def multiplications(folded=False, reuse=False):
    """Those of the products of a training step: two updates of D, two of G, of which D asks for one batch of its own.

    Forward, and back twice: by the weights and by the input. Noise has no gradient, and D none while G learns.
    """
    from reproductions.calogan import model, ours

    discriminator = floor.multiplications(model.discriminator().layers)
    generator = (ours.folded() if folded else model.generator()).layers
    forward = floor.multiplications(generator)
    first = floor.multiplications(layer for layer in generator if "dense" in layer.name)
    return BATCH * (2 * 3 * discriminator + 2 * 2 * discriminator + 2 * (3 * forward - first) + (not reuse) * forward)


def _batch(size):
    """Showers of about the right size in GeV: what they look like does not matter for the time."""
    from reproductions.calogan.data import SHAPES

    rng = np.random.default_rng(1)
    energy = rng.uniform(1, 100, (size, 1)).astype(np.float32)
    cells = sum(np.prod(shape) for shape in SHAPES.values())
    images = {name: rng.exponential(1.0, (size, *shape)).astype(np.float32) for name, shape in SHAPES.items()}
    return {name: image * energy[:, :, None] / cells for name, image in images.items()} | {"energy": energy}


@functools.cache
def noise(size):
    rng = np.random.default_rng(size)
    energy = rng.uniform(1, 100, (size, 1)).astype(np.float32)
    return {"z": rng.standard_normal((size, LATENT), np.float32), "energy": energy}


def generate_original():
    import tensorflow as tf

    from benchmarks.original_calogan import generator

    model = generator()
    # Called as a graph: predict() would add a cost per call that is not the model's.
    run = tf.function(lambda z, energy: model([z, energy], training=False))
    return lambda size: [images.numpy() for images in run(*map(tf.constant, noise(size).values()))]


def generate_ours(dtype="float32"):
    from zoo.generator import compiled

    run = compiled(folded(dtype))
    return lambda size: {name: np.asarray(images) for name, images in run(noise(size)).items()}


def generate_released():
    """What zoo.load gives: of less noise, with a network that draws the layers' energies."""
    import zoo
    from zoo.generator import compiled

    generator = zoo.load("calogan_piplus_plus")
    run, latent = compiled(generator.model), generator.card["latent"]

    @functools.cache
    def inputs(size):
        rng = np.random.default_rng(0)
        drawn = {name: rng.standard_normal((size, numbers), np.float32) for name, numbers in latent.items()}
        return drawn | {"energy": noise(size)["energy"]}

    return lambda size: {name: np.asarray(images) for name, images in run(inputs(size)).items()}


def folded(dtype="float32"):
    """A generator with the weights that training starts from, stored and loaded as zoo.load does."""
    import keras

    from reproductions.calogan import model, ours
    from zoo.generator import dequantise, quantise

    keras.utils.set_random_seed(1)
    network, inference = model.generator(), ours.folded()
    ours.fold(network, inference)
    return dequantise(quantise(inference), dtype)


def bfloat16_error(size=1024):
    """|difference| / signal of the cells, as root mean squares: bfloat16 against float32."""
    exact, rounded = (folded(dtype)(noise(size)) for dtype in ("float32", "bfloat16"))
    squares = [(np.sum((rounded[name] - exact[name]) ** 2), np.sum(np.square(exact[name]))) for name in exact]
    difference, signal = np.sum(squares, axis=0)
    return float(np.sqrt(difference / signal))


def multiply_matrices():
    import tensorflow as tf

    kernel = tf.Variable(tf.random.normal((LATENT, OUTPUTS)))
    run = tf.function(lambda z: z @ kernel)
    return lambda size: run(tf.constant(noise(size)["z"])).numpy()


FORMS = {  # of our training step, compiled through XLA
    "ours": {},
    "ours, --reuse": {"reuse": True},
    "ours, --folded": {"folded": True},
    "ours, --folded --reuse": {"folded": True, "reuse": True},
}


def training(repeats):
    contenders = {"original (tf_keras)": Contender(train_original), "plain product": Contender(floor.multiply)}
    contenders |= {name: Contender(functools.partial(train_ours, True, **form)) for name, form in FORMS.items()}
    contenders["ours, graph"] = Contender(train_ours, False)
    costs = compete(contenders, BATCH, 1, repeats)
    product, original = costs.pop("plain product"), costs["original (tf_keras)"]
    floors = {name: floor.seconds(multiplications(**FORMS.get(name, {})), product) for name in costs}
    rows = [
        [
            name,
            f"{floors[name]:.2f}",
            f"{cost.cpu / floors[name]:.1f}",
            f"{cost.cpu:.2f}",
            f"{cost.wall:.2f}",
            f"{original.cpu / cost.cpu:.2f}",
            f"{original.wall / cost.wall:.2f}",
            f"{contenders[name].peak_memory() / 2**30:.2f}",
        ]
        for name, cost in costs.items()
    ]
    return [["", "floor, CPU s", "/ floor", "CPU s", "wall s", "CPU ratio", "wall ratio", "peak GiB"], *rows]


def generation(repeats):
    original, ours, half, product = "original (tf_keras)", "ours, float32", "ours, bfloat16", "bare matrix product"
    contenders = {
        original: Contender(generate_original),
        ours: Contender(generate_ours),
        half: Contender(generate_ours, "bfloat16"),
        "released, float32": Contender(generate_released),
        product: Contender(multiply_matrices),
    }
    rows = [["batch", "paper", *contenders, "original/ours", "original/bfloat16", "ours/product"]]
    for size, calls in CALLS.items():
        costs = compete(contenders, size, calls, repeats)
        rows.append(
            [
                str(size),
                f"{PUBLISHED[size]:.2f}" if size in PUBLISHED else "",
                *(f"{1e3 * cost.cpu / size:.3f} ({1e3 * cost.wall / size:.3f})" for cost in costs.values()),
                f"{costs[original].cpu / costs[ours].cpu:.2f}",
                f"{costs[original].cpu / costs[half].cpu:.2f}",
                f"{costs[ours].cpu / costs[product].cpu:.2f}",
            ]
        )
    largest = {name: costs[name].cpu / size for name in (ours, "released, float32")}  # CALLS end with it
    return rows, contenders[half].ask(bfloat16_error), largest


def quoted(files):
    """Milliseconds of CPU time per shower, 1 to 100 GeV, from the attributes of `files`.

    Raises InputError for a file that does not say.
    """
    rows = [["Geant4", "CPU ms", "source"]]
    for file in files:
        attributes = hdf5.attributes(file)
        if "cpu_seconds" not in attributes:
            raise InputError(f"{file}: has no attribute cpu_seconds, expected a file of reproductions.calogan.simulate")
        milliseconds = 1e3 * attributes["cpu_seconds"] / attributes["events"]
        rows.append([attributes["particle"], f"{milliseconds:.0f}", f"{file}, when it was made: not interleaved"])
    return rows


def simulated(turns, costs):
    """Milliseconds of CPU time per shower that Geant4 took in this run, beside the generators' `costs` (s a shower).

    `turns` are {particle: CPU seconds (n,)}, simulated before the generators and after them.
    """
    head = [f"{name}, CPU ms a shower" for name in costs]
    rows = [["particle", "showers", "Geant4, CPU ms a shower", *head, *(f"Geant4 / {name}" for name in costs)]]
    for particle in turns[0]:
        seconds = np.concatenate([turn[particle] for turn in turns])
        mean, error = seconds.mean(), seconds.std(ddof=1) / np.sqrt(len(seconds))
        times = [f"{1e3 * cost:.2f}" for cost in costs.values()]
        ratios = [f"{mean / cost:.0f} ± {error / cost:.0f}" for cost in costs.values()]
        rows.append([particle, str(len(seconds)), f"{1e3 * mean:.0f} ± {1e3 * error:.0f}", *times, *ratios])
    return rows


def main():
    parser = cli.Parser(prog="python -m benchmarks.calogan", what=__doc__, example="python -m benchmarks.calogan")
    parser.add_argument("--repeats", type=int, default=5, help="rounds, of which the median is printed (%(default)s)")
    parser.add_argument("--geant4-file", nargs="+", default=[], help="files of reproductions.calogan.simulate to time")
    text = "showers of each particle that Geant4 makes before and again after the generators (%(default)s; 0: none)"
    parser.add_argument("--geant4-showers", type=int, default=10, help=text)
    parser.add_argument("--only", choices=("training", "generation"), help="one part")
    args = parser.parse_args()

    if args.geant4_showers < 0:
        raise InputError(f"--geant4-showers is {args.geant4_showers}, expected at least 0")
    reference = quoted(args.geant4_file)
    if args.only != "generation":
        print(f"Training step at batch {BATCH}\n\n{table(training(args.repeats))}\n", flush=True)
    if args.only != "training":
        now = bool(args.geant4_showers and simulation.available())
        turns = [simulation.costs(args.geant4_showers, seed=1)] if now else []
        rows, error, costs = generation(args.repeats)
        print(f"Generation, ms per shower: CPU time (wall time)\n\n{table(rows)}\n")
        print("paper: on the authors' CPU (arXiv:1705.02355). Ratios are of CPU times. bfloat16: the Dense layer only;")
        print(f"it is off by {error:.2%} of the signal (root mean square over cells), with untrained weights.\n")
        if now:
            turns.append(simulation.costs(args.geant4_showers, seed=2))
            print(f"Geant4 in the same run, 1 to 100 GeV, with {geant4.tables()}, half before the generators and half")
            print(f"after; these at batch {max(CALLS)}\n\n{table(simulated(turns, costs))}\n")
        else:
            print("--geant4-showers times Geant4 in the same run, where it and its tables are\n")
            if args.geant4_file:
                print(f"{table(reference)}\n")


if __name__ == "__main__":
    cli.run(main)
