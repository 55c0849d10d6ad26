"""Generated pad-row responses beside simulated ones, and whole tracks: ``python -m benchmarks.tpc_gan``.

Every contender runs in a process of its own, and they take turns, so that a busy machine is equally busy for all.
"""

from benchmarks.contenders import Contender, compete, table
from zoo import cli

SEGMENTS = 40_000
BATCH = 8192
ROWS = 53  # segments of a track that crosses the sector


def simulator():
    from reproductions.tpc_gan.simulate import draw_parameters, simulate

    return lambda segments: simulate(draw_parameters(segments, 1), 1)


def network(name):
    import zoo
    from reproductions.tpc_gan.data import conditions
    from reproductions.tpc_gan.simulate import draw_parameters

    generator = zoo.load(name)
    return lambda segments: generator.sample(segments, 1, BATCH, **conditions(draw_parameters(segments, 1)))[
        "amplitude"
    ]


def tracks(name):
    import zoo
    from reproductions.tpc_gan.track import random_tracks, sample_track

    generator = zoo.load(name)
    return lambda segments: sample_track(generator, 1, **random_tracks(segments // ROWS, 1))


def rows(costs, segments):
    """The table of `costs`, {name: Cost} of so many segments; the ratio is to the simulator."""
    simulated = costs["simulator"].cpu
    lines = [["", "segments / CPU s", "segments / s", "/ simulator"]]
    for name, cost in costs.items():
        rates = segments / cost.cpu, segments / cost.wall, simulated / cost.cpu
        lines.append([name, *(f"{rate:.{digits}f}" for rate, digits in zip(rates, (0, 0, 2), strict=True))])
    return lines


def main():
    parser = cli.Parser(prog="python -m benchmarks.tpc_gan", what=__doc__, example="python -m benchmarks.tpc_gan")
    parser.add_argument("--repeats", type=int, default=5, help="rounds, of which the median is printed (%(default)s)")
    parser.add_argument("--segments", type=int, default=SEGMENTS, help="segments of a call (%(default)s)")
    args = parser.parse_args()

    contenders = {"simulator": Contender(simulator)}
    contenders |= {"tpc_gan": Contender(network, "tpc_gan"), "tpc_gan, whole tracks": Contender(tracks, "tpc_gan")}
    segments = args.segments // ROWS * ROWS
    costs = compete(contenders, segments, 1, args.repeats)
    print(
        f"{segments} segments; of whole tracks from the helix to the sector's digits\n\n{table(rows(costs, segments))}"
    )


if __name__ == "__main__":
    cli.run(main)
