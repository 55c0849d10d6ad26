"""The classifier two-sample test: can a classifier tell the samples apart? (Lopez-Paz, Oquab, arXiv:1610.06545.)"""

import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np

from zoo.errors import InputError
from zoo.metrics.measurement import Measurement, fraction
from zoo.metrics.samples import kolmogorov_smirnov_floor
from zoo.metrics.weighted import weighted_kolmogorov_smirnov

Classifier = Literal["boosting", "network", "calochallenge"]

ARCHITECTURES = {
    "boosting": "100 gradient-boosted trees of at most 31 leaves, learning rate 0.1",
    "network": "hidden layers of 64 and 32, ReLU, Adam 1e-3, batches of 256, 10 epochs, standardised inputs",
    # After arXiv:2410.21611, whose high-level and low-level networks are alike: LeakyReLU there, and its best epoch.
    "calochallenge": "two hidden layers of 512, ReLU, Adam 2e-4, batches of 1000, 50 epochs, standardised inputs",
}
FOLDS = 3
CURVE = (0.25, 0.5, 1.0)  # of the events, in a learning curve
LEAST_KNOWN = 20  # values of a feature that are numbers, of which every fold is to learn some
CLIP = 1e-3  # calibrated probabilities stay so far from 0 and 1


class Scores(NamedTuple):
    """What classifiers said of events that they were not trained on, (n,) each: the probability to be of the first
    sample, whether the event is, and the fold whose classifier judged it."""

    probability: np.ndarray
    first: np.ndarray
    fold: np.ndarray


def classifier_auc(
    x: np.ndarray,
    y: np.ndarray,
    *,
    seed: int,
    classifier: Classifier = "boosting",
    folds: int = FOLDS,
    weights: np.ndarray | None = None,
) -> Measurement:
    """Area under the ROC curve of a classifier between samples x (n, features) and y (m, features).

    0.5: it cannot tell them apart; 1: it always can; below 0.5 by more than the uncertainty it learnt what is not so.
    `boosting` (gradient-boosted trees) takes NaN as a value of its own; the networks want finite numbers, and
    `ARCHITECTURES` says what they are. Every event is judged by a classifier trained on the other folds; the areas of
    the folds are averaged, with the uncertainty of DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988) 837. It
    covers the events judged: another seed trains other classifiers. `weights` (n,) of x need `boosting`.

    The events of x and y must be independent, their conditions too. An event that has a twin of the same condition in
    the other sample, shown to the classifier in another fold, is taken for its twin's kind: equal parents are then well
    below 0.5. `halves` tears twins apart.

    Raises InputError when a sample has fewer than two events per fold or the features differ.
    """
    scores = _classifier_scores(x, y, seed=seed, classifier=classifier, folds=folds, weights=weights)
    areas, variances = [], []
    for one in range(folds):
        judged = scores.fold == one
        own, other = judged & scores.first, judged & ~scores.first
        kept = None if weights is None else weights[own[: len(x)]]
        area, variance = roc_area(scores.probability[own], scores.probability[other], kept)
        areas.append(area)
        variances.append(variance)
    return Measurement(float(np.mean(areas)), float(np.sqrt(np.sum(variances)) / folds))


def _classifier_scores(
    x: np.ndarray,
    y: np.ndarray,
    *,
    seed: int,
    classifier: Classifier = "boosting",
    folds: int = FOLDS,
    weights: np.ndarray | None = None,
) -> Scores:
    """The `Scores` of all events of x, then of y; arguments and refusals as of `classifier_auc`."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import StratifiedKFold
    from threadpoolctl import threadpool_limits

    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        raise InputError(f"samples of shapes {x.shape} and {y.shape} cannot be compared, expected the same features")
    if min(len(x), len(y)) < 2 * folds:
        raise InputError(f"samples of {len(x)} and {len(y)} events are too small, expected at least {2 * folds} each")
    inputs, label = _known(np.concatenate([x, y])), np.repeat([1, 0], [len(x), len(y)])
    probability, fold = np.empty(len(label)), np.empty(len(label), int)
    for one, (train, test) in enumerate(StratifiedKFold(folds, shuffle=True, random_state=seed).split(inputs, label)):
        model = _model(classifier, seed, len(train))
        weighted = {} if weights is None else {"sample_weight": np.append(weights, np.ones(len(y)))[train]}
        # One thread: the work comes in short pieces, and on a busy machine threads wait far longer than they run.
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the network's fixed number of epochs is intended
            model.fit(inputs[train], label[train], **weighted)
        probability[test], fold[test] = model.predict_proba(inputs[test])[:, 1], one
    return Scores(probability, label == 1, fold)


def classifier_test(
    x: np.ndarray,
    y: np.ndarray,
    truth: np.ndarray | None = None,
    *,
    seed: int,
    classifier: Classifier = "boosting",
    seeds: int = 3,
    curve: Sequence[float] = CURVE,
) -> dict[str, Any]:
    """The classifier test of generated events x (n, features) against true y (m, features), beside its null.

    `truth` (k, features) are true events that are not in y. The null is the area between them and y; both tests take
    min(n, k) events. Without `truth` the null is 0.5. The mapping has

    - "auc", "null": means over `seeds` seeds, which change folds and classifiers; the uncertainty is DeLong's and the
      standard error of the mean over the seeds, in quadrature;
    - "pull": auc less null over both uncertainties in quadrature, of either sign: an area far below the null is a
      difference too. Both share y, so that it is a little too small;
    - "seed_spread": the standard deviation of the area over the seeds; "events": the number of x that was used;
    - "curve": {"events", "auc", "null"} of the first seed for each share of the events in `curve` that is no less than
      `classifier_auc` takes;
    - "classifier": its architecture in words.

    Raises InputError as `classifier_auc` does.
    """
    n = len(x) if truth is None else min(len(x), len(truth))

    @cache  # the curve ends with what the first seed gave already
    def area(generated: bool, share: float, number: int) -> Measurement:
        sample = x if generated else truth
        if sample is None:
            return Measurement(0.5, 0.0)
        own, other = sample[: int(share * n)], y[: int(share * len(y))]
        return classifier_auc(own, other, seed=seed + number, classifier=classifier)

    def over(generated: bool) -> list[Measurement]:
        return [area(generated, 1.0, i) for i in range(seeds)]

    over_seeds = over(True)
    auc, expected = mean_over_seeds(over_seeds), mean_over_seeds(over(False))
    shares = [s for s in curve if int(s * min(n, len(y))) >= 2 * FOLDS]
    rows = [{"events": int(s * n), "auc": area(True, s, 0), "null": area(False, s, 0)} for s in shares]
    return {
        "auc": auc,
        "null": expected,
        "pull": (auc.value - expected.value) / float(np.hypot(auc.uncertainty, expected.uncertainty) or np.inf),
        "seed_spread": float(np.std([area.value for area in over_seeds], ddof=1)) if seeds > 1 else float("nan"),
        "events": n,
        "curve": rows,
        "classifier": f"{ARCHITECTURES[classifier]}; {seeds} seeds",
    }


def transfer(
    learnt: Sequence[np.ndarray],
    judged: Sequence[Sequence[np.ndarray]],
    *,
    seed: int,
    classifier: Classifier = "boosting",
    seeds: int = 3,
) -> list[dict[str, Measurement]]:
    """How classifiers that learn one pair of samples, (n, features) and (m, features), tell those of other pairs apart.

    Of each pair in `judged` {"auc", "accuracy"}, means over `seeds` classifiers. The accuracy is the mean of the two
    kinds' shares that are taken for what they are, so that both kinds count alike. The uncertainty is that of the
    events judged, by DeLong and binomial, and the standard error over the classifiers, in quadrature.
    """
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    x, y = learnt
    inputs, label = np.concatenate([x, y]), np.repeat([1, 0], [len(x), len(y)])
    found: list[dict[str, list[Measurement]]] = [{"auc": [], "accuracy": []} for _ in judged]
    for one in range(seed, seed + seeds):
        model = _model(classifier, one, len(label))
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # as in `_classifier_scores`
            order = np.random.default_rng(one).permutation(len(label))
            model.fit(inputs[order], label[order])
        for numbers, pair in zip(found, judged, strict=True):
            first, other = (model.predict_proba(sample)[:, 1] for sample in pair)
            area, variance = roc_area(first, other)
            numbers["auc"].append(Measurement(area, float(np.sqrt(variance))))
            one_kind, other_kind = fraction(first > 0.5), fraction(other <= 0.5)
            error = float(np.hypot(one_kind.uncertainty, other_kind.uncertainty) / 2)
            numbers["accuracy"].append(Measurement((one_kind.value + other_kind.value) / 2, error))
    return [{name: mean_over_seeds(values) for name, values in numbers.items()} for numbers in found]


def halves(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two disjoint random halves of the indices 0 ... n-1, the conditions of which are independent."""
    order = np.random.default_rng(seed).permutation(n)
    return order[: n // 2], order[n // 2 : n // 2 * 2]


def density_ratio(
    x: np.ndarray, y: np.ndarray, events: np.ndarray, *, seed: int, classifier: Classifier = "boosting"
) -> np.ndarray:
    """The weights (k,) that make `events` (k, features), of the kind of x, look like y: p / (1 - p) of being of y.

    The classifier learns from two thirds of x (n, features) and y (m, features). On the rest its log odds are
    calibrated: logistic regression finds the offset and the slope (Platt; Guo et al., arXiv:1706.04599), which is next
    to 0 where nothing was learnt. Both kinds count alike. If x and y have equal parents the weights are 1 with little
    spread (CaloFlow, arXiv:2106.05285, section IV; Das et al., arXiv:2305.16774).
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    x, y, events = np.split(_known(np.concatenate([x, y, events])), [len(x), len(x) + len(y)])
    learnt, kept = zip(*(np.split(sample, [2 * len(sample) // 3]) for sample in (x, y)), strict=True)
    model = _model(classifier, seed, sum(map(len, learnt)))

    def odds(inputs: np.ndarray) -> np.ndarray:
        p = np.clip(model.predict_proba(inputs)[:, 1], CLIP, 1 - CLIP)
        return np.log(p / (1 - p))[:, None]

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the network's fixed number of epochs is intended
        model.fit(np.concatenate(learnt), np.repeat([0, 1], [len(one) for one in learnt]))
        calibration = LogisticRegression(C=np.inf, class_weight="balanced")
        calibration.fit(odds(np.concatenate(kept)), np.repeat([0, 1], [len(one) for one in kept]))
    return np.exp(calibration.decision_function(odds(events)))


def reweighting(x: np.ndarray, y: np.ndarray, *, seed: int, classifier: Classifier = "boosting") -> dict[str, Any]:
    """How far `density_ratio` weights of generated x (n, features) scatter, and what they close against true y.

    The weights come from one half of each sample and are judged on the other: {"spread": their standard deviation over
    their mean, "quantiles": 5, 50 and 95 %, "effective": the share (sum w)^2 / (n sum w^2) of events that they leave,
    "auc": {"before", "after"} of boosted trees, the latter trained and judged with the weights, "ks": {"before",
    "after", "floor"}, the mean Kolmogorov-Smirnov distance of the features; the floor is that of equal parents with as
    many effective events}. NaN is not compared. x and y must be in random order.
    """
    (x_learn, own), (y_learn, true) = (np.split(sample, [len(sample) // 2]) for sample in (x, y))
    weights = density_ratio(x_learn, y_learn, own, seed=seed, classifier=classifier)
    weights = weights / weights.mean()
    effective = float(weights.sum() ** 2 / np.sum(weights**2))
    distances: dict[str, list[float]] = {"before": [], "after": []}
    for one, other in zip(own.T, true.T, strict=True):
        kept, known = np.isfinite(one), np.isfinite(other)
        if kept.any() and known.any():
            for key, w in (("before", np.ones(len(own))), ("after", weights)):
                distance = weighted_kolmogorov_smirnov(one[kept], other[known], w[kept], np.ones(known.sum()))
                distances[key].append(distance)
    return {
        "spread": float(weights.std()),
        "quantiles": [float(q) for q in np.quantile(weights, (0.05, 0.5, 0.95))],
        "effective": effective / len(weights),
        "auc": {
            "before": classifier_auc(own, true, seed=seed),
            "after": classifier_auc(own, true, seed=seed, weights=weights),
        },
        "ks": {key: float(np.mean(found)) for key, found in distances.items()}
        | {"floor": kolmogorov_smirnov_floor(effective, len(true))},
    }


def _known(inputs: np.ndarray) -> np.ndarray:
    """`inputs` (n, features); of features that are hardly ever numbers, whether they are: trees want some to learn."""
    known = np.isfinite(inputs)
    few = known.sum(axis=0) < min(LEAST_KNOWN, len(inputs))
    return np.where(few, known, inputs) if few.any() else inputs


def roc_area(positive: np.ndarray, negative: np.ndarray, weights: np.ndarray | None = None) -> tuple[float, float]:
    """Area under the ROC curve of scores (n,), (m,), ties counted half, and its DeLong variance.

    With `weights` (n,) of the positive ones, each counts so much, and so do their parts of the variance.
    """
    weight = np.full(len(positive), 1 / len(positive)) if weights is None else weights / weights.sum()
    order = np.argsort(positive)
    ordered, cumulated = positive[order], np.append(0, np.cumsum(weight[order]))
    sides = [cumulated[np.searchsorted(ordered, negative, side)] for side in ("left", "right")]
    above = 1 - (sides[0] + sides[1]) / 2  # the share of positives above each negative
    ranked = np.sort(negative)
    below = sum(np.searchsorted(ranked, positive, side) for side in ("left", "right")) / (2 * len(negative))
    area = float(weight @ below)
    factor = len(positive) / (len(positive) - 1)
    return area, float(factor * np.sum(weight**2 * (below - area) ** 2) + above.var(ddof=1) / len(negative))


def mean_over_seeds(areas: Sequence[Measurement]) -> Measurement:
    """The mean of the areas of several classifiers of the same events: their mean uncertainty, and the standard error
    over the classifiers, in quadrature."""
    values = [area.value for area in areas]
    spread = np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    return Measurement(float(np.mean(values)), float(np.hypot(np.mean([a.uncertainty for a in areas]), spread)))


def _model(classifier: Classifier, seed: int, events: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if classifier == "boosting":
        return HistGradientBoostingClassifier(max_iter=100, early_stopping=False, random_state=seed)
    if classifier == "network":
        network = MLPClassifier((64, 32), alpha=1e-3, batch_size=min(256, events), max_iter=10, random_state=seed)
    else:
        options = {"learning_rate_init": 2e-4, "batch_size": min(1000, events), "max_iter": 50, "random_state": seed}
        network = MLPClassifier((512, 512), alpha=0.0, n_iter_no_change=50, **options)
    return make_pipeline(StandardScaler(), network)
