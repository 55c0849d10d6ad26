"""Keras, ONNX Runtime and C side by side, at one event and at a thousand: ``python -m benchmarks.export [NAME ...]``.

Every contender runs in a process of its own, which tells how long it took from its start to its first event; they take
turns, so that a busy machine is equally busy for all. C runs one event at a time, as the hosts that it is for.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.contenders import table
from zoo import cli
from zoo.errors import InputError

BATCHES = (1, 1000)
NAMES = ["tpc_gan", "mfc_cgan", "calogan_eplus_plus", "top_pair_gan_plus"]
SECONDS = 2.0  # of each measurement


def keras(name, folder):
    import zoo

    generator = zoo.load(name)
    asked = middle(generator)
    return lambda n: generator.sample(n, batch_size=n, **asked)


def onnx(name, folder):
    import zoo

    generator = zoo.load(name, runtime="onnx")
    asked = middle(generator)
    return lambda n: generator.sample(n, batch_size=n, **asked)


def c(name, folder):
    import ctypes

    import numpy as np

    from zoo import noise, registry

    card = registry.read_card(name)
    function = getattr(ctypes.CDLL(str(folder / f"{name}.so")), name)
    numbers = np.empty(sum(int(np.prod(spec["shape"])) for spec in card["outputs"].values()), np.float32)
    conditions = [np.mean(spec["range"], axis=0).ravel() for spec in card["conditions"].values()]
    asked = np.concatenate([np.empty(0), *conditions]).astype(np.float32)
    rows = noise.normal(sum(card["latent"].values()))

    def events(n):
        for random in rows.take(0, 0, n):
            function(*(ctypes.c_void_p(array.ctypes.data) for array in (numbers, asked, random)))

    return events


def middle(generator):
    """Conditions in the middle of their ranges."""
    return {name: (one.low + one.high) / 2 for name, one in generator.conditions.items()}


def measure(contender, name, folder):
    """Print the CPU seconds until the first event, and those and the wall seconds for an event in each batch size."""
    events = {"Keras": keras, "ONNX Runtime": onnx, "C": c}[contender](name, folder)
    events(1)
    found = {"start": time.process_time()}
    for n in BATCHES:
        events(n)
        cpu, wall, calls = time.process_time(), time.perf_counter(), 0
        while time.perf_counter() - wall < SECONDS:
            events(n)
            calls += 1
        found[f"cpu {n}"] = (time.process_time() - cpu) / calls / n
        found[f"wall {n}"] = (time.perf_counter() - wall) / calls / n
    print(json.dumps(found))


def prepare(name, folder):
    """Make the ONNX file in the user's cache and, of small models, a library of C in `folder`; the contenders."""
    import zoo
    from zoo.export.c import FLAGS

    zoo.load(name, runtime="onnx")
    try:
        made = zoo.load(name).export(folder / "c", format="c")
    except InputError as error:
        print(f"without C: {error}")
        return ["Keras", "ONNX Runtime"]
    subprocess.run(["cc", *FLAGS, str(made / f"{name}.c"), "-o", str(folder / f"{name}.so"), "-lm"], check=True)
    return ["Keras", "ONNX Runtime", "C"]


def compare(name, repeats):
    """Medians of `repeats` rounds, {contender: {what: seconds}}."""
    with tempfile.TemporaryDirectory() as place:
        contenders = prepare(name, Path(place))
        rounds: dict[str, list] = {contender: [] for contender in contenders}
        for _ in range(repeats):
            for contender in contenders:
                command = [sys.executable, "-m", "benchmarks.export", name, "--only", contender, "--folder", place]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                rounds[contender].append(json.loads(done.stdout.splitlines()[-1]))
    return {
        contender: {what: statistics.median(one[what] for one in found) for what in found[0]}
        for contender, found in rounds.items()
    }


def rows(costs):
    """The table of `costs`."""
    lines = [["", "CPU s to start", *(f"CPU ms an event, {n} at once" for n in BATCHES)]]
    for contender, cost in costs.items():
        lines.append([contender, f"{cost['start']:.1f}", *(f"{1e3 * cost[f'cpu {n}']:.4f}" for n in BATCHES)])
    return lines


def main():
    parser = cli.Parser(prog="python -m benchmarks.export", what=__doc__, example="python -m benchmarks.export")
    parser.add_argument("names", nargs="*", default=NAMES, help=f"models ({' '.join(NAMES)})")
    parser.add_argument("--repeats", type=int, default=3, help="rounds, of which the median is printed (%(default)s)")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.only:
        measure(args.only, args.names[0], args.folder)
        return
    for name in args.names:
        print(f"\n{name}\n\n{table(rows(compare(name, args.repeats)))}", flush=True)


if __name__ == "__main__":
    cli.run(main)
