"""The pages: of a model, of several beside each other, and of a file of events beside its reference."""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

import zoo
from zoo import citation, example, headline
from zoo.data.files import atomic
from zoo.evaluation.compare import MOST_EVENTS
from zoo.evaluation.layouts import Sample
from zoo.evaluation.measures import BINS, thinned
from zoo.report import slices, svg
from zoo.report.panel import Panel
from zoo.report.pictures import Curve, Histogram, Pair, histogram
from zoo.report.subject import Subject
from zoo.report.text import label, measured, plain

TAUGHT = {
    "game": "An opponent taught it: a network that tries to tell its events from true ones.",
    "score": "No opponent taught it, so it is no GAN: a distance between generated and true events did.",
    "another model": "No opponent taught it, so it is no GAN: it learnt what another model makes of the same noise.",
    "score, then game": "A distance between generated and true events taught it first, then an opponent alone.",
    "both": "An opponent taught it, and a distance between generated and true events.",
}
MOST_PULL = (2, 3, 5)  # where the colour of a pull changes
CLAIM = ("claim", "where", "found", "ours", "paper", "command")
NUMBER = {"value", "uncertainty", "floor"}

Row = tuple[str, ...]


def write(path: Path, page: str) -> None:
    """Write a page to the file `path`, which appears when complete."""
    with atomic(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def model(subject: Subject, others: Sequence[Subject] = ()) -> str:
    """The page of a model or a run; `others` stand beside it in the numbers and histograms that they share."""
    card = subject.card
    pictures = list(subject.histograms())
    found = slices.find(subject.metrics) or card.get("slices", {})
    return _render(
        "model.html",
        subject=subject,
        card=card,
        taught=TAUGHT.get(headline.taught(card)),
        warnings=list(_warnings(card)),
        conditions=[_condition(name, spec) for name, spec in card["conditions"].items()],
        outputs=[(name, _shape(spec["shape"]), spec["unit"] or "–") for name, spec in card["outputs"].items()],
        numbers=_numbers(subject.metrics),
        alone=_numbers(card.get("tables_only", {}).get("metrics", {})),
        judged=_lines(card.get("judged", {})),
        slices=[_map(*one) for one in found.items()] + _by_groups(pictures),
        compared=_compared([subject, *others]) if others else [],
        others=others,
        groups=_groups(_beside(subject, pictures, others) if others else pictures),
        curves=[_picture(one, svg.curve(one), i) for i, one in enumerate(subject.curves)],
        stages=list(_stages(card.get("training", {}))),
        data=_lines(card.get("data", {})),
        claims=[[_claimed(one.get(key)) for key in CLAIM] for one in subject.claims()],
        pictures={name: base64.b64encode(data).decode() for name, data in subject.pictures.items()},
        citation=citation.bibtex(card) if card["sha256"] else citation.paper_entry(card["paper"]),
        code=example.code(card),
        command=example.command(card),
    )


def evaluation(name: str, reference: str, samples: Sequence[Sample], metrics: Mapping[str, Any]) -> str:
    """The page of the comparison `metrics` of a file with its reference, whose events are `samples`."""
    sample, truth = (thinned(one, MOST_EVENTS) for one in samples)
    legend = {"generated": name, "reference": reference}
    pictures = []
    for key, values in truth.observables.items():
        edges = _edges(values)
        if edges is not None:
            both = {"generated": sample.observables[key], "reference": values}
            counts = {source: np.histogram(one[np.isfinite(one)], edges)[0] for source, one in both.items()}
            pictures.append(histogram(key, Panel(key), edges, counts, legend))
    return _render(
        "evaluation.html",
        title=f"{name} beside {reference}",
        events=metrics["events"],
        numbers=_numbers(metrics),
        slices=[_map(*one) for one in slices.find(metrics).items()],
        groups=_groups(pictures),
    )


def _render(template: str, **content: Any) -> str:
    folder = resources.files("zoo.report") / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"plain": plain, "label": label, "measured": _with_its_floor}
    return environment.get_template(template).render(version=zoo.__version__, **content)


def _edges(values: np.ndarray) -> np.ndarray | None:
    """As many bins as the separation power has, from the least to the largest of the true `values`."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    low, high = known.min(), known.max()
    return np.linspace(low, high if high > low else low + 1, BINS + 1)


def _warnings(card: Mapping[str, Any]) -> Iterator[str]:
    """What somebody must know who uses the model."""
    line = card.get("headline")
    if line and line["floor"]:
        times = f"{line['value'] / line['floor']:.2g} times what a perfect generator would get with as many events"
        yield f"Its {line['measure']} is {measured(*_pair(line))}, {times} ({measured(line['floor'])})."
    if alone := card.get("tables_only"):
        number = measured(*_pair(alone))
        yield f"Coordinates made of tables do part of the work: without what its network adds it is at {number}."
    if deviations := card.get("training", {}).get("deviations"):
        yield f"It was not made by the paper's recipe: {len(deviations)} settings differ, see its training."
    if card["conditions"]:
        yield "Outside the ranges of its conditions it extrapolates, and nobody has looked how."
    for name, value in _leaves(card.get("data", {})):
        if "stand-in" in value:
            yield f"Its true events were made with a stand-in: {name.rpartition(' · ')[2]} “{value}”."
            break


def _condition(name: str, spec: Mapping[str, Any]) -> Row:
    low, high = spec["range"]
    limits = f"{plain(low)} to {plain(high)}"
    if "magnitude" in spec:
        limits += f", magnitude {spec['magnitude'][0]:g} to {spec['magnitude'][1]:g}"
    if "angle" in spec:
        limits += f", {spec['angle'][0]:g} to {spec['angle'][1]:g} degrees to the last axis"
    return name, _shape(spec["shape"]), spec["unit"] or "–", limits


def _shape(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape)) or "1"


def _numbers(metrics: Mapping[str, Any]) -> list[tuple[str, list[Row]]]:
    """(heading, [(what, value, floor)]) for every entry of `metrics`, but for slices, which have a section."""
    single = [row for name, value in metrics.items() if not _nested(value) for row in _rows(name, value)]
    tables = [("", single)] if single else []
    for name, value in metrics.items():
        if _nested(value) and (rows := list(_rows("", value))):
            tables.append((name.replace("_", " "), rows))
    return tables


def _nested(value: Any) -> bool:
    return (isinstance(value, Mapping) and "value" not in value) or (isinstance(value, list) and _is_rows(value))


def _is_rows(value: list[Any]) -> bool:
    return bool(value) and all(isinstance(one, Mapping | list) for one in value)


def _rows(what: str, value: Any, floor: Any = None) -> Iterator[Row]:
    """(what, value, floor) of each number or text in `value`; the floor of KS may stand beside it as "ks_floor"."""
    if isinstance(value, Mapping) and "value" in value:
        yield what, measured(value["value"], value.get("uncertainty")), _floor(value.get("floor", floor))
        value = {name: one for name, one in value.items() if name not in NUMBER}
    if slices.are_slices(value):
        return
    if isinstance(value, list) and _is_rows(value):
        value = {str(i): one for i, one in enumerate(value, 1)}
    if isinstance(value, Mapping):
        for name, one in value.items():
            if name.removesuffix("_floor") == name or name.removesuffix("_floor") not in value:
                yield from _rows(f"{what} · {name}" if what else name, one, value.get(f"{name}_floor"))
    else:
        yield what, plain(value), ""


def _floor(floor: Any) -> str:
    if isinstance(floor, Mapping):
        return measured(floor["value"], floor.get("uncertainty"))
    return measured(floor)


def _leaves(content: Any) -> Iterator[tuple[str, str]]:
    for what, value, _ in _rows("", content):
        yield what, value


def _lines(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what, text) of all that `content` says, commands without the folders of the machine where they ran."""
    return [(what, _portable(value) if what.endswith("command") else value) for what, value in _leaves(content)]


def _portable(command: str) -> str:
    return re.sub(r"(?<![\w.])/(?:[\w.~-]+/)+", "", command)


def _stages(training: Mapping[str, Any]) -> Iterator[list[tuple[str, str]]]:
    """The trainings that made a model, the last first: each began with the networks of the next."""
    hidden = ("config", "start", "curve")
    yield _lines({name: value for name, value in training.items() if name not in hidden})
    if "start" in training:
        yield from _stages(training["start"])


def _map(what: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    names = list(dict.fromkeys(name for row in rows for name in row["observables"]))
    parts = [f"{row['low']:.4g} to {row['high']:.4g}" for row in rows]
    table, details = [], []
    for name in names:
        found = [row["observables"].get(name) for row in rows]
        table.append(
            (
                name.replace("_", " "),
                [(f"{one['pull']:.1f}", _level(one["pull"])) if one else ("–", 0) for one in found],
            )
        )
        details += [
            (
                part,
                name.replace("_", " "),
                measured(*_pair(one["ks"])),
                measured(one["floor"]),
                f"{one['mean_pull']:+.1f}",
            )
            for part, one in zip(parts, found, strict=True)
            if one
        ]
    correlations = [
        (
            part,
            *(measured(*_pair(row["correlations"][key])) for key in ("mean", "mean_floor", "largest", "largest_floor")),
        )
        for part, row in zip(parts, rows, strict=True)
        if "correlations" in row
    ]
    return {"what": what, "slices": parts, "table": table, "details": details, "correlations": correlations}


def _pair(number: Mapping[str, Any]) -> tuple[float | None, float | None]:
    return number["value"], number.get("uncertainty")


def _level(pull: float) -> int:
    return sum(abs(pull) >= limit for limit in MOST_PULL)


def _by_groups(pictures: Sequence[Histogram]) -> list[dict[str, Any]]:
    """A map of pulls of histograms that are saved for several conditions each, as `_map` makes of slices."""
    ours = [one for one in pictures if not one.pairs[0].generated.style.startswith("published")]
    groups = list(dict.fromkeys(one.panel.group for one in ours))
    found = {(one.title, one.panel.group): one.pairs[0] for one in ours}
    names = [
        name for name in dict.fromkeys(one.title for one in ours) if all((name, group) in found for group in groups)
    ]
    if len(groups) < 2 or not names:
        return []
    pulls = {place: found[place].deviate for place in found}
    table = [(name, [(f"{pulls[name, group]:.1f}", _level(pulls[name, group])) for group in groups]) for name in names]
    return [{"what": "histograms", "slices": groups, "table": table, "details": [], "correlations": []}]


def _groups(pictures: Iterable[Histogram]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The pictures of each condition, drawn, in the order in which they come."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for i, one in enumerate(pictures):
        groups.setdefault(one.panel.group, []).append(_picture(one, svg.histogram(one), i))
    return list(groups.items())


def _picture(picture: Histogram | Curve, drawing: str, number: int) -> dict[str, Any]:
    return {
        "id": f"{type(picture).__name__.lower()}-{number}",
        "title": picture.title,
        "svg": drawing,
        "summary": picture.summary() if isinstance(picture, Histogram) else [],
        "series": picture.series if isinstance(picture, Histogram) else [],
        "columns": picture.columns,
        "rows": list(picture.rows()),
    }


def _beside(subject: Subject, pictures: Sequence[Histogram], others: Sequence[Subject]) -> Iterator[Histogram]:
    """The `pictures` of `subject` with those of the same name and bins of `others`; each ratio is to its own truth."""
    found = [{one.name + one.panel.group: one for one in other.histograms()} for other in others]
    for mine in pictures:
        first, *published = mine.pairs
        pairs = [first._replace(generated=first.generated._replace(name=subject.name))]
        for i, (other, histograms) in enumerate(zip(others, found, strict=True), 1):
            theirs = histograms.get(mine.name + mine.panel.group)
            if theirs and np.array_equal(theirs.edges, mine.edges):
                generated, reference = theirs.pairs[0]
                pairs.append(Pair(generated._replace(name=other.name, style=f"model_{i}"), reference))
        yield Histogram(mine.name, mine.panel, mine.edges, [*pairs, *published])


def _compared(subjects: Sequence[Subject]) -> list[Row]:
    """(what, number of each) for what at least two of `subjects` have a number of."""
    tables = [dict([*_headline(subject.card), *_with_floor(subject.metrics)]) for subject in subjects]
    names = dict.fromkeys(name for table in tables for name in table)
    rows = [(name, *(table.get(name, "–") for table in tables)) for name in names]
    return [row for row in rows if sum(cell != "–" for cell in row[1:]) > 1]


def _headline(card: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if line := card.get("headline"):
        yield "taught by", headline.taught(card)
        yield line["measure"], _with_its_floor(line)
        yield "its paper", line["paper"]


def _with_its_floor(number: Mapping[str, Any]) -> str:
    text = measured(*_pair(number))
    return text if number.get("floor") is None else f"{text} (floor {_floor(number['floor'])})"


def _with_floor(metrics: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for what, value, floor in _rows("", metrics):
        yield what, f"{value} (floor {floor})" if floor not in ("", "–") else value


def _claimed(value: Any) -> str:
    """A number or a text of the ledger of claims."""
    return measured(*_pair(value)) if isinstance(value, Mapping) else plain(value)
