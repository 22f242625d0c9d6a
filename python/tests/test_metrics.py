"""Figures against scikit-learn, against cases worked out by hand, and intervals against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from guardset import metrics
from sklearn import metrics as theirs

ONCE = np.ones((1, 1))


def alone(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Every row in the one cluster there is, and the data as they are."""
    return np.zeros(rows, dtype=np.int64), ONCE


@pytest.fixture(params=range(5))
def random(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng(request.param)


def test_counts_agree_with_sklearn(random: np.random.Generator) -> None:
    truth, answer = random.integers(0, 5, 200), random.integers(0, 6, 200)
    truth[truth == 3] = 2
    counts = metrics.confusion(truth, answer, 7, *alone(200))
    assert metrics.accuracy(counts)[0] == pytest.approx(theirs.accuracy_score(truth, answer))
    assert metrics.macro_f1(counts)[0] == pytest.approx(theirs.f1_score(truth, answer, average="macro"))
    wanted = theirs.recall_score(truth, answer, average=None, labels=[0, 1, 2, 4])
    assert metrics.recalls(counts)[0, [0, 1, 2, 4]] == pytest.approx(wanted)
    assert np.isnan(metrics.recalls(counts)[0, 3])


@pytest.mark.parametrize("decimals", [1, 12])
def test_ranking_agrees_with_sklearn(random: np.random.Generator, decimals: int) -> None:
    unsafe = random.random(400) < 0.4
    score = (random.normal(size=400) + unsafe).round(decimals)
    found = metrics.ranking(unsafe, score, *alone(400))
    assert found["auroc"][0] == pytest.approx(theirs.roc_auc_score(unsafe, score))
    assert found["auprc"][0] == pytest.approx(theirs.average_precision_score(unsafe, score))
    rate, recall, _ = theirs.roc_curve(unsafe, score, drop_intermediate=False)
    for budget, name in ((0.01, "recall_at_fpr_1"), (0.05, "recall_at_fpr_5")):
        assert found[name][0] == pytest.approx(recall[rate <= budget].max())
    for wanted, name in ((0.9, "fpr_at_recall_90"), (0.95, "fpr_at_recall_95")):
        assert found[name][0] == pytest.approx(rate[recall >= wanted].min())
    assert found["roc"][0] == pytest.approx([recall[rate <= at + 1e-12].max() for at in metrics.GRID])


def test_ranking_by_hand() -> None:
    unsafe, score = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.8, 0.1])
    found = metrics.ranking(unsafe, score, *alone(4))
    assert found["auroc"][0] == (1 + 1 + 0.5 + 1) / 4
    assert found["auprc"][0] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert found["recall_at_fpr_5"][0] == 0.5
    assert found["fpr_at_recall_90"][0] == 0.5


def test_weights_are_copies(random: np.random.Generator) -> None:
    """A row of weight two counts as two rows do."""
    truth, answer, cluster = random.integers(0, 3, 60), random.integers(0, 3, 60), random.integers(0, 6, 60)
    score, times = random.random(60), random.integers(0, 4, 6)
    weights = times[None, :].astype(np.float64)
    copies = np.repeat(np.arange(60), times[cluster])
    counts = metrics.confusion(truth, answer, 3, cluster, weights)
    assert metrics.macro_f1(counts)[0] == pytest.approx(theirs.f1_score(truth[copies], answer[copies], average="macro"))
    unsafe = truth > 0
    found = metrics.ranking(unsafe, score, cluster, weights)
    assert found["auroc"][0] == pytest.approx(theirs.roc_auc_score(unsafe[copies], score[copies]))
    brier = metrics.mean((score - unsafe) ** 2, cluster, weights)[0]
    assert brier == pytest.approx(theirs.brier_score_loss(unsafe[copies], score[copies]))


def test_many_scores_are_as_good_in_replicates(random: np.random.Generator) -> None:
    """Replicates merge neighbouring scores; of the same data they tell the same."""
    rows = 20_000
    unsafe = random.random(rows) < 0.5
    score = random.normal(size=rows) + unsafe
    cluster, twice = np.zeros(rows, dtype=np.int64), np.ones((2, 1))
    found = metrics.ranking(unsafe, score, cluster, twice)
    for name in metrics.RANKING:
        assert found[name][1] == pytest.approx(found[name][0], abs=2e-3), name
    area = metrics.ranking(unsafe, score, cluster, twice, curves=False)["auroc"]
    assert area[1] == pytest.approx(area[0], abs=1e-3)


def test_calibration_by_hand() -> None:
    unsafe, score = np.array([True, False, True, True]), np.array([0.2, 0.4, 0.9, 1.0])
    error, bins = metrics.calibration(unsafe, score, *alone(4), bins=2)
    assert error[0] == pytest.approx((abs(0.6 - 1) + abs(1.9 - 2)) / 4)
    assert [(one["rows"], one["unsafe"]) for one in bins] == [(2, 0.5), (2, 1.0)]
    assert [one["score"] for one in bins] == pytest.approx([0.3, 0.95])


def test_one_side_alone_has_no_ranking() -> None:
    found = metrics.ranking(np.array([True, True]), np.array([0.1, 0.9]), *alone(2))
    assert all(np.isnan(found[name][0]) for name in metrics.RANKING)


def test_intervals_cover(random: np.random.Generator) -> None:
    """Rows of a family are alike, so intervals that draw families hold the true share, and ones that draw rows do not."""
    families, each, trials, true = 40, 25, 200, 0.5
    share = random.beta(2, 2, size=(trials, families))
    hits = (random.random((trials, families, each)) < share[:, :, None]).reshape(trials, -1).astype(np.float64)

    def covered(cluster: np.ndarray, clusters: int) -> float:
        weights = metrics.draws(clusters, 300, seed=1)[1:]
        bounds = [np.quantile(metrics.mean(trial, cluster, weights), (0.025, 0.975)) for trial in hits]
        return float(np.mean([low <= true <= high for low, high in bounds]))

    assert 0.87 <= covered(np.repeat(np.arange(families), each), families) <= 0.99
    assert covered(np.arange(families * each), families * each) < 0.75


def test_draws_are_seeded() -> None:
    first, again, other = (metrics.draws(30, 50, seed) for seed in (3, 3, 4))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert np.all(first[0] == 1) and np.all(first.sum(1) == 30)
