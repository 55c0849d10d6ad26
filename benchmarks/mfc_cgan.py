"""Generated events beside simulated ones: ``python -m benchmarks.mfc_cgan``.

Every contender runs in a process of its own, and they take turns, so that a busy machine is equally busy for all.
"""

from benchmarks.contenders import Contender, compete, table
from zoo import cli

EVENTS = 100_000  # at 150 GeV, in one call
BATCH = 8192
# Events per CPU second of MadGraph5_aMC@NLO with the same model, as measured by whoever made the independent samples:
# another run, perhaps another machine.
MADGRAPH = 275.0


def simulator():
    from reproductions.mfc_cgan.simulate import Process, features, generate

    return lambda events: features(generate(Process(150), events, seed=1).p4)


def network(name):
    import zoo

    generator = zoo.load(name)
    return lambda events: generator.sample(events, 1, batch_size=BATCH, beam_energy=150.0)


def rows(costs, events):
    """The table of `costs`, {name: Cost} of so many events; ratios are to the simulator and to MadGraph."""
    simulated = costs["simulator"].cpu
    lines = [["", "events / CPU s", "events / s", "/ simulator", "/ MadGraph (quoted)"]]
    for name, cost in costs.items():
        rate = events / cost.cpu
        lines.append(
            [
                name,
                f"{rate:.0f}",
                f"{events / cost.wall:.0f}",
                f"{simulated / cost.cpu:.2f}",
                f"{rate / MADGRAPH:.0f}",
            ]
        )
    return [*lines, ["MadGraph (quoted)", f"{MADGRAPH:.0f}", "", f"{simulated * MADGRAPH / events:.5f}", "1"]]


def main():
    parser = cli.Parser(prog="python -m benchmarks.mfc_cgan", what=__doc__, example="python -m benchmarks.mfc_cgan")
    parser.add_argument("--repeats", type=int, default=5, help="rounds, of which the median is printed (%(default)s)")
    parser.add_argument("--events", type=int, default=EVENTS, help="events of a call (%(default)s)")
    args = parser.parse_args()

    import zoo

    contenders = {"simulator": Contender(simulator)}
    contenders |= {name: Contender(network, name) for name in zoo.list_models("mfc_cgan*")}
    costs = compete(contenders, args.events, 1, args.repeats)
    print(f"{args.events} events of muons of 150 GeV, six features\n\n{table(rows(costs, args.events))}\n")
    print("The simulator's time includes the adaptation of its grid. MadGraph: another run, not like for like.")


if __name__ == "__main__":
    cli.run(main)
