"""Histograms and curves as pictures: what is drawn, its table, and what is said of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup
from scipy.stats import chi2_contingency, norm

from zoo.metrics import triangular_discrimination, triangular_floor
from zoo.report.panel import Panel
from zoo.report.text import label, measured

PUBLISHED = ("published_reference", "published_generated")


class Series(NamedTuple):
    """Counts (bins,) with their standard deviations, a name for the legend, and a style of the page."""

    name: str
    style: str
    counts: np.ndarray
    sigma: np.ndarray

    @property
    def fractions(self) -> tuple[np.ndarray, np.ndarray]:
        """Counts and deviations over the sum of the known counts."""
        total = max(np.nansum(self.counts), 1)
        return self.counts / total, self.sigma / total


class Pair(NamedTuple):
    """A generated histogram beside the one that it should be."""

    generated: Series
    reference: Series

    @property
    def ratio(self) -> tuple[np.ndarray, np.ndarray]:
        """Generated over reference and its error, bin by bin; NaN where one of both is empty or unknown."""
        (p, dp), (q, dq) = self.generated.fractions, self.reference.fractions
        known = (p > 0) & (q > 0)
        p, q = np.where(known, p, np.nan), np.where(known, q, np.nan)
        return p / q, p / q * np.hypot(dp / p, dq / q)

    @property
    def pull(self) -> np.ndarray:
        """The difference of the fractions over its error; NaN where both are empty or one is unknown."""
        (p, dp), (q, dq) = self.generated.fractions, self.reference.fractions
        error = np.hypot(dp, dq)
        return (p - q) / np.where(error > 0, error, np.nan)

    @property
    def deviate(self) -> float:
        """The p-value of a two-sample chi-squared test as a normal deviate, not below 0; NaN for a published pair.

        Bins with fewer than 20 events together are taken as one.
        """
        table = np.array([self.generated.counts, self.reference.counts])
        if np.isnan(table).any() or not table.sum(axis=1).all():
            return np.nan
        enough = table.sum(axis=0) >= 20
        table = np.column_stack([table[:, enough], table[:, ~enough].sum(axis=1)])
        table = table[:, table.sum(axis=0) > 0]
        p = chi2_contingency(table).pvalue if table.shape[1] > 1 else 1.0
        return float(max(norm.isf(max(p, 1e-300)), 0.0))

    @property
    def distance(self) -> str:
        """The triangular discrimination with its floor, in words."""
        p, q = self.generated, self.reference
        found = triangular_discrimination(p.counts, q.counts, p.sigma, q.sigma)
        return f"{measured(*found)} (floor {measured(triangular_floor(p.counts, q.counts))})"


@dataclass(frozen=True)
class Histogram:
    """A picture of histograms on the bins with `edges`: each of `pairs` above, and its ratio below."""

    name: str
    panel: Panel
    edges: np.ndarray
    pairs: Sequence[Pair]

    @property
    def title(self) -> Markup:
        """The observable's label, its formulas as HTML."""
        return label(self.panel.label)

    @property
    def series(self) -> list[Series]:
        """What is drawn: the references, the same one only once, below the generated ones."""
        found: list[Series] = []
        for one in (*(pair.reference for pair in self.pairs), *(pair.generated for pair in self.pairs)):
            if not any(one.style == other.style and one.name == other.name for other in found):
                found.append(one)
        return found

    @property
    def columns(self) -> list[str]:
        """The head of the table behind the picture."""
        several = len(self.pairs) > 1
        ratios = [f"{what}{f' of {pair.generated.name}' if several else ''}" for pair in self.pairs for what in RATIOS]
        unit = f" [{self.panel.unit}]" if self.panel.unit else ""
        return [f"from{unit}", "to", *(one.name for one in self.series), *ratios]

    def rows(self) -> Iterator[list[str]]:
        """The table behind the picture: a row for each bin."""
        ratios = [(*pair.ratio, pair.pull) for pair in self.pairs]
        for i, (low, high) in enumerate(zip(self.edges[:-1], self.edges[1:], strict=True)):
            events = [f"{_short(one.counts[i])} ± {_short(one.sigma[i])}" for one in self.series]
            cells = [text for ratio in ratios for text in _quotient(*(part[i] for part in ratio))]
            yield [f"{low:.4g}", f"{high:.4g}", *events, *cells]

    def summary(self) -> list[str]:
        """What the picture says in numbers."""
        events = [f"{one.name} {np.nansum(one.counts):,.0f}" for one in self.series]
        far = [f"{pair.generated.name}: {pair.distance}" for pair in self.pairs]
        return [f"events in range: {', '.join(events)}", f"triangular discrimination, {'; '.join(far)}"]


RATIOS = ("ratio", "pull")


def histogram(
    name: str, panel: Panel, edges: np.ndarray, counts: Mapping[str, np.ndarray], legend: Mapping
) -> Histogram:
    """Ours, "generated" and "reference" of `counts`, and what the paper published on the same bins."""
    ours = [_series(source, legend, counts[source], np.sqrt(counts[source])) for source in ("generated", "reference")]
    return Histogram(name, panel, edges, [Pair(*ours), *published(panel, legend)])


def published(panel: Panel, legend: Mapping[str, str]) -> list[Pair]:
    """The pair of published histograms of a panel, if there is one."""
    if not panel.published:
        return []
    reference, generated = (_series(source, legend, *panel.published[source]) for source in PUBLISHED)
    return [Pair(generated, reference)]


def _series(source: str, legend: Mapping[str, str], counts: np.ndarray, sigma: np.ndarray) -> Series:
    return Series(legend.get(source, source.replace("_", " ")), source, np.asarray(counts, float), sigma)


def _quotient(ratio: float, error: float, pull: float) -> tuple[str, str]:
    return ("–" if np.isnan(ratio) else f"{ratio:.3g} ± {error:.2g}"), ("–" if np.isnan(pull) else f"{pull:+.1f}")


def _short(value: float) -> str:
    return "?" if np.isnan(value) else f"{value:.4g}"


@dataclass(frozen=True)
class Curve:
    """What every epoch of a training logged of one number, against the CPU hours."""

    name: str
    hours: np.ndarray
    values: np.ndarray

    columns = ("CPU hours", "value")

    @property
    def title(self) -> str:
        """What the curve is of, in words."""
        return self.name.replace("_", " ")

    def rows(self) -> Iterator[list[str]]:
        """The table behind the picture: a row for each epoch that has the number."""
        for x, y in zip(self.hours, self.values, strict=True):
            yield [f"{x:.3g}", f"{y:.4g}"]


def curves(history: Sequence[Mapping[str, Any]]) -> list[Curve]:
    """The score and the losses of the rows of history.csv, epochs without the number left out."""
    hours = np.cumsum([float(row["cpu_seconds"]) for row in history]) / 3600
    names = [name for name in history[0] if name not in ("epoch", "batches", "cpu_seconds", "score")]
    found = []
    for name in ["score", *names] if "score" in history[0] else names:
        values = np.array([float(row[name]) for row in history])
        known = np.isfinite(values)
        if known.any():
            found.append(Curve(name, hours[known], values[known]))
    return found
