"""The classifier two-sample test: can a classifier tell the samples apart? (Lopez-Paz, Oquab, arXiv:1610.06545.)"""

import warnings
from typing import Literal

import numpy as np

from zoo.errors import InputError
from zoo.metrics.measurement import Measurement


def classifier_auc(
    x: np.ndarray, y: np.ndarray, *, seed: int, classifier: Literal["boosting", "network"] = "boosting", folds: int = 3
) -> Measurement:
    """Area under the ROC curve of a classifier between samples x (n, features) and y (m, features).

    0.5: it cannot tell them apart; 1: it always can. `boosting` (gradient-boosted trees) takes NaN as a value of its
    own; `network` (two hidden layers on standardised inputs) wants finite numbers. Every event is judged by a
    classifier trained on the other folds; the areas of the folds are averaged, with the uncertainty of DeLong, DeLong
    and Clarke-Pearson, Biometrics 44 (1988) 837. It covers the events judged: another seed trains other classifiers.
    Raises InputError when a sample has fewer than two events per fold or the features differ.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import StratifiedKFold
    from threadpoolctl import threadpool_limits

    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        raise InputError(f"samples of shapes {x.shape} and {y.shape} cannot be compared, expected the same features")
    if min(len(x), len(y)) < 2 * folds:
        raise InputError(f"samples of {len(x)} and {len(y)} events are too small, expected at least {2 * folds} each")
    inputs, label = np.concatenate([x, y]), np.repeat([1, 0], [len(x), len(y)])
    areas, variances = [], []
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(inputs, label):
        model = _boosting(seed) if classifier == "boosting" else _network(seed, len(train))
        # One thread: the work comes in short pieces, and on a busy machine threads wait far longer than they run.
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the network's fixed number of epochs is intended
            model.fit(inputs[train], label[train])
        scores = model.predict_proba(inputs[test])[:, 1]
        area, variance = roc_area(scores[label[test] == 1], scores[label[test] == 0])
        areas.append(area)
        variances.append(variance)
    return Measurement(float(np.mean(areas)), float(np.sqrt(np.sum(variances)) / folds))


def roc_area(positive: np.ndarray, negative: np.ndarray) -> tuple[float, float]:
    """Area under the ROC curve of scores (n,), (m,), ties counted half, and its DeLong variance."""
    from scipy.stats import rankdata

    n, m = len(positive), len(negative)
    ranks = rankdata(np.concatenate([positive, negative]))
    below = (ranks[:n] - rankdata(positive)) / m  # the fraction of negatives below each positive
    above = 1 - (ranks[n:] - rankdata(negative)) / n  # the fraction of positives above each negative
    return float(below.mean()), float(below.var(ddof=1) / n + above.var(ddof=1) / m)


def _boosting(seed: int):
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(max_iter=100, early_stopping=False, random_state=seed)


def _network(seed: int, events: int):
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    network = MLPClassifier((64, 32), alpha=1e-3, batch_size=min(256, events), max_iter=10, random_state=seed)
    return make_pipeline(StandardScaler(), network)
