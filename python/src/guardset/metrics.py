"""Figures over weighted rows, in numpy alone.

A bootstrap draws clusters of rows with replacement, so a replicate is a weight per cluster. Everything here takes a
matrix of such weights (replicates x clusters) and gives one value per replicate: row 0 of `draws` is the data as they
are, so value 0 of a figure is its estimate and the others are its distribution.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRID = np.linspace(0, 1, 101)
"""Where curves are sampled."""

RANKING = ("auroc", "auprc", "recall_at_fpr_1", "recall_at_fpr_5", "fpr_at_recall_90", "fpr_at_recall_95")
"""The single figures of `ranking`."""

LEVELS = 4096
"""Thresholds of bootstrap replicates, at most; the estimate itself uses every score. An area alone needs an eighth."""

_EPSILON = 1e-12


def draws(clusters: int, replicates: int, seed: int) -> Floats:
    """Weights of clusters: ones first, then `replicates` draws of as many clusters with replacement."""
    random = np.random.default_rng(seed)
    drawn = random.multinomial(clusters, np.full(clusters, 1 / clusters), size=replicates)
    return np.vstack([np.ones(clusters), drawn]).astype(np.float64)


def total(values: Floats, cluster: Ints, weights: Floats) -> Floats:
    """The weighted sum of a value per row: one number per replicate."""
    return weights @ np.bincount(cluster, weights=values, minlength=weights.shape[1])


def mean(values: Floats, cluster: Ints, weights: Floats) -> Floats:
    """The weighted mean of a value per row; nan where a replicate has no row."""
    return ratio(total(values, cluster, weights), total(np.ones(len(values)), cluster, weights))


def ratio(part: Floats, whole: Floats) -> Floats:
    """`part / whole`, nan where the whole is zero."""
    return np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, np.nan), where=whole != 0)


def confusion(truth: Ints, answer: Ints, classes: int, cluster: Ints, weights: Floats) -> Floats:
    """Counts by replicate, true class and answered class; an answer of -1 (none) has the last column."""
    answer = np.where(answer < 0, classes, answer)
    shape = (weights.shape[1], classes, classes + 1)
    cells = np.bincount(np.ravel_multi_index((cluster, truth, answer), shape), minlength=int(np.prod(shape)))
    return (weights @ cells.reshape(weights.shape[1], -1)).reshape(-1, classes, classes + 1)


def accuracy(counts: Floats) -> Floats:
    """Share of rows on the diagonal."""
    return ratio(np.trace(counts, axis1=1, axis2=2), counts.sum((1, 2)))


def recalls(counts: Floats) -> Floats:
    """Recall by replicate and class; nan where the class has no row."""
    return ratio(np.diagonal(counts, axis1=1, axis2=2), counts.sum(2))


def macro_f1(counts: Floats) -> Floats:
    """The mean F1 of the classes that occur among the truths or the answers, as scikit-learn has it."""
    right = np.diagonal(counts, axis1=1, axis2=2)
    f1 = ratio(2 * right, counts.sum(2) + counts[:, :, :-1].sum(1))
    return ratio(np.nansum(f1, axis=1), (~np.isnan(f1)).sum(1).astype(np.float64))


def ranking(unsafe: NDArray[np.bool_], score: Floats, cluster: Ints, weights: Floats, curves: bool = True) -> dict[str, Floats]:
    """What scores say of a binary truth: one number per replicate, and two curves (replicates x `GRID`).

    `auroc`, `auprc` (average precision), `recall_at_fpr_P` (the best recall of a threshold that raises a false alarm on P %
    of the safe rows at most), `fpr_at_recall_P` (the lowest false-positive rate of a threshold that finds P % of the
    unsafe rows), `roc` (recall at the false-positive rates of `GRID`), `precision` (at the recalls of `GRID`).
    Without `curves`, `auroc` alone. All are nan in a replicate that lacks safe or unsafe rows.
    """
    _, level = np.unique(-score, return_inverse=True)
    exact = _ranked(*_above(level, unsafe, cluster, weights[:1]), curves)
    if len(weights) == 1:
        return exact
    drawn = _ranked(*_above(_coarse(level, LEVELS if curves else LEVELS // 8), unsafe, cluster, weights[1:]), curves)
    return {name: np.concatenate([exact[name], drawn[name]]) for name in exact}


def _coarse(level: Ints, most: int) -> Ints:
    """At most `most` levels of about as many rows each; a level of one score stays whole."""
    rows = np.bincount(level)
    if len(rows) <= most:
        return level
    start = np.cumsum(rows) - rows
    return np.unique(start * most // len(level), return_inverse=True)[1][level]


def _above(level: Ints, unsafe: NDArray[np.bool_], cluster: Ints, weights: Floats) -> tuple[Floats, Floats]:
    """Counts of unsafe and of safe rows down to each level, by replicate."""
    levels = int(level.max()) + 1
    counts = np.array([np.bincount(2 * level + unsafe, weights=drawn[cluster], minlength=2 * levels) for drawn in weights])
    above = np.cumsum(counts.reshape(-1, levels, 2), axis=1)
    return above[:, :, 1], above[:, :, 0]


def _ranked(found: Floats, false: Floats, curves: bool) -> dict[str, Floats]:
    """The figures of some replicates from the counts of unsafe and of safe rows above each threshold, falling."""
    positives, negatives = found[:, -1:], false[:, -1:]
    recall, rate = ratio(found, positives), ratio(false, negatives)
    steps = np.diff(recall, prepend=0, axis=1)
    figures = {"auroc": 1 - np.sum(steps * (rate - np.diff(rate, prepend=0, axis=1) / 2), axis=1)}
    if not curves:
        return figures
    precision = found / np.maximum(found + false, 1)
    figures["auprc"] = np.where(negatives[:, 0] > 0, np.sum(steps * precision, axis=1), np.nan)
    one_by_one = [_points(*replicate) for replicate in zip(recall, rate, precision, strict=True)]
    return figures | {name: np.array([points[name] for points in one_by_one]) for name in one_by_one[0]}


def _points(recall: Floats, rate: Floats, precision: Floats) -> dict[str, float | Floats]:
    """Operating points and curves of one replicate."""
    if np.isnan(recall[-1] + rate[-1]):
        nothing = np.full(len(GRID), np.nan)
        return {name: np.nan for name in RANKING[2:]} | {"roc": nothing, "precision": nothing}

    def recall_at(budget: float | Floats) -> float | Floats:
        kept = np.searchsorted(rate, budget + _EPSILON, side="right")
        return np.where(kept > 0, recall[kept - 1], 0.0)

    def first_reaching(wanted: float | Floats) -> NDArray[np.intp]:
        return np.searchsorted(recall, wanted - _EPSILON, side="left")

    return {
        "recall_at_fpr_1": recall_at(0.01),
        "recall_at_fpr_5": recall_at(0.05),
        "fpr_at_recall_90": rate[first_reaching(0.9)],
        "fpr_at_recall_95": rate[first_reaching(0.95)],
        "roc": recall_at(GRID),
        "precision": precision[first_reaching(GRID)],
    }


def calibration(
    unsafe: NDArray[np.bool_], score: Floats, cluster: Ints, weights: Floats, bins: int
) -> tuple[Floats, list[dict[str, float]]]:
    """Expected calibration error by replicate, and the bins of the data as they are.

    Bins have equal width over [0, 1]; the error is the mean distance between a bin's mean score and its share of
    unsafe rows, weighted by its rows.
    """
    which = np.minimum((score * bins).astype(np.int64), bins - 1)

    def by_bin(values: Floats) -> Floats:
        flat = np.bincount(cluster * bins + which, weights=values, minlength=weights.shape[1] * bins)
        return weights @ flat.reshape(-1, bins)

    count, scored, positive = by_bin(np.ones(len(score))), by_bin(score), by_bin(unsafe.astype(np.float64))
    error = ratio(np.abs(scored - positive).sum(1), count.sum(1))
    filled = np.flatnonzero(count[0])
    return error, [
        {
            "from": float(at / bins),
            "to": float((at + 1) / bins),
            "rows": int(count[0, at]),
            "score": float(scored[0, at] / count[0, at]),
            "unsafe": float(positive[0, at] / count[0, at]),
        }
        for at in filled
    ]
