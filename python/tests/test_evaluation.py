"""A guard's answers against the labels: by hand, against scikit-learn, and on a real run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import guardset
import numpy as np
import pyarrow as pa
import pytest
from guardset.classes import CLASSES, MCIP, SAFE, class_id
from guardset.evaluation import COLUMNS, evaluate
from sklearn import metrics as theirs


def made(count: int, seed: int = 0) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of few to a family, and answers that are right more often than not."""
    random = np.random.default_rng(seed)
    rows = [{"id": str(at), "label": CLASSES[random.integers(len(CLASSES))] if random.random() < 0.6 else SAFE, "family": f"f{at // 7}"} for at in range(count)]
    answers = []
    for row in rows:
        label = row["label"] if random.random() < 0.6 else CLASSES[random.integers(len(CLASSES))]
        score = float(np.clip(random.normal(0.35 + 0.3 * (row["label"] != SAFE), 0.2), 0, 1))
        answers.append({"id": row["id"], "unsafe": label != SAFE, "label": label, "score": score})
    return rows, answers


def test_classes_are_those_of_the_taxonomy(taxonomy: dict[str, Any]) -> None:
    assert set(CLASSES) == {entry["id"] for entry in taxonomy["class"]}
    spelled = {entry["id"]: entry for entry in taxonomy["class"] if "choice" in entry}
    assert list(MCIP) == sorted(spelled, key=lambda id: spelled[id]["choice"])
    for id, names in MCIP.items():
        assert {**spelled[id]["spellings"], "choice": spelled[id]["choice"]} == {"figure": spelled[id]["spellings"].get("figure"), **names._asdict()} or id == SAFE
        assert all(class_id(name) == id for name in names[1:])
    assert all(class_id(entry["title"]) == entry["id"] for entry in taxonomy["class"])
    assert class_id("K") is None


def test_figures_agree_with_sklearn() -> None:
    rows, answers = made(500)
    found = evaluate(rows, answers, replicates=20)
    truth, said = [row["label"] for row in rows], [answer["label"] for answer in answers]
    unsafe, flagged = [label != SAFE for label in truth], [label != SAFE for label in said]
    score = [answer["score"] for answer in answers]
    wanted = {
        "safety_awareness": theirs.accuracy_score(unsafe, flagged),
        "safety_awareness_macro_f1": theirs.f1_score(unsafe, flagged, average="macro"),
        "risk_resistance_18": theirs.accuracy_score(truth, said),
        "risk_resistance_18_macro_f1": theirs.f1_score(truth, said, average="macro"),
        "recall": theirs.recall_score(unsafe, flagged),
        "precision": theirs.precision_score(unsafe, flagged),
        "f1": theirs.f1_score(unsafe, flagged),
        "false_positive_rate": 1 - theirs.recall_score(unsafe, flagged, pos_label=False),
        "auroc": theirs.roc_auc_score(unsafe, score),
        "auprc": theirs.average_precision_score(unsafe, score),
        "brier": theirs.brier_score_loss(unsafe, score),
    }
    assert {name: found[name] for name in wanted} == pytest.approx(wanted)
    eleven = [at for at, label in enumerate(truth) if label in MCIP]
    assert found["risk_resistance_11"] == pytest.approx(np.mean([truth[at] == said[at] for at in eleven]))
    labels = [label for label in MCIP]
    f1 = theirs.f1_score([truth[at] for at in eleven], [said[at] for at in eleven], labels=labels, average="macro")
    assert found["risk_resistance_11_macro_f1"] == pytest.approx(f1)
    for name, told in found.to_dict()["recall_by_class"].items():
        at = [i for i, label in enumerate(truth) if label == name]
        assert told["rows"] == len(at)
        assert told["class"]["value"] == pytest.approx(np.mean([said[i] == name for i in at]))
        assert told["side"]["value"] == pytest.approx(np.mean([flagged[i] == unsafe[i] for i in at]))


def test_baselines_by_hand() -> None:
    rows = [{"id": str(at), "label": label} for at, label in enumerate([SAFE] * 3 + ["data_injection"] * 5 + ["replay_injection"] * 2)]
    answers = [{"id": row["id"], "label": SAFE, "score": 0.2} for row in rows]
    found = evaluate(rows, answers, replicates=0).to_dict()
    told = found["baselines"]
    assert told["always_unsafe"]["safety_awareness"] == 0.7 and told["always_unsafe"]["risk_resistance_11"] == 0.5
    assert told["always_safe"]["safety_awareness"] == 0.3 and told["always_safe"]["risk_resistance_11"] == 0.3
    assert told["majority_class"]["safety_awareness"] == 0.7 and told["majority_class"]["risk_resistance_11"] == 0.5
    assert told["always_unsafe"]["auroc"] == 0.5 and told["always_unsafe"]["auprc"] == pytest.approx(0.7)
    assert told["always_unsafe"]["recall_at_fpr_5"] == 0
    assert found["figures"]["safety_awareness"]["value"] == 0.3
    assert all(set(values) == set(found["figures"]) for values in told.values())


def pair(id: str, role: str, label: str, checkpoint: str = "session", pair_id: str | None = "p") -> dict[str, Any]:
    return {"id": id, "pair_id": pair_id, "pair_role": role, "checkpoint": checkpoint, "label": label}


def test_pairs_by_hand() -> None:
    rows = [
        pair("attack", "attack", "data_injection"),
        pair("twin", "twin", SAFE),
        pair("like", "lookalike", SAFE),
        pair("elsewhere", "twin", SAFE, "tool_call"),
        pair("resisted", "attack", SAFE),
        pair("alone", "attack", "data_injection", pair_id="q"),
        pair("none", "attack", "data_injection", pair_id=None),
    ]
    said = {"attack": 0.8, "twin": 0.1, "like": 0.9, "elsewhere": 0.0, "resisted": 0.0, "alone": 0.0, "none": 0.0}
    answers = [{"id": id, "score": score} for id, score in said.items()]
    found = evaluate(rows, answers, replicates=0)
    assert found["pair_accuracy"] == 0.5 == found["pair_ranking"]
    assert (found["pair_accuracy_twin"], found["pair_accuracy_lookalike"]) == (1, 0) == (found["pair_ranking_twin"], found["pair_ranking_lookalike"])
    silent = [answer if answer["id"] != "twin" else {"id": "twin"} for answer in answers]
    assert evaluate(rows, silent, replicates=0)["pair_accuracy"] == 0
    dropped = evaluate(rows, silent, replicates=0, drop_unparsed=True)
    assert dropped["pair_accuracy"] == 0 and "pair_accuracy_twin" not in dropped.to_dict()["figures"]


def test_unparsed_is_wrong_or_dropped() -> None:
    rows, answers = made(300)
    silent = [{"id": answer["id"]} if at % 3 == 0 else answer for at, answer in enumerate(answers)]
    wrong, dropped = (evaluate(rows, silent, replicates=0, drop_unparsed=drop) for drop in (False, True))
    assert wrong.to_dict()["unparsed"] == {"rows": 100, "share": pytest.approx(1 / 3), "dropped": False}
    kept = [at for at in range(300) if at % 3]
    alone = evaluate([rows[at] for at in kept], [answers[at] for at in kept], replicates=0)
    assert dropped.to_dict()["figures"] == alone.to_dict()["figures"]
    for name in ("safety_awareness", "risk_resistance_18", "recall"):
        right = alone[name] * (len(kept) if name != "recall" else sum(rows[at]["label"] != SAFE for at in kept))
        of = 300 if name != "recall" else sum(row["label"] != SAFE for row in rows)
        assert wrong[name] == pytest.approx(right / of), name
    for name in ("false_positive_rate", "brier"):
        assert wrong[name] > alone[name], name
    for name in ("auroc", "auprc", "safety_awareness_macro_f1", "risk_resistance_11_macro_f1"):
        assert wrong[name] < alone[name], name
    with pytest.raises(ValueError, match="nothing is left"):
        evaluate(rows, [{"id": row["id"]} for row in rows], drop_unparsed=True)


def test_what_is_not_said_follows() -> None:
    rows = [{"id": "a", "label": "data_injection"}, {"id": "b", "label": SAFE}]
    by_label = evaluate(rows, [{"id": "a", "label": "Data Injection"}, {"id": "b", "label": "true"}], replicates=0)
    assert by_label["safety_awareness"] == by_label["risk_resistance_11"] == 1
    by_score = evaluate(rows, [{"id": "a", "score": 0.4}, {"id": "b", "score": 0.1}], replicates=0, threshold=0.3)
    assert by_score["safety_awareness"] == 1 and "risk_resistance_11" not in by_score.to_dict()["figures"]
    side = evaluate(rows, [{"id": "a", "unsafe": True}, {"id": "b", "unsafe": False}], replicates=0)
    assert side["recall"] == 1 and {"auroc", "risk_resistance_18"}.isdisjoint(side.to_dict()["figures"])
    mixed = evaluate(rows, [{"id": "a", "unsafe": True, "label": "data_injection"}, {"id": "b", "unsafe": False}], replicates=0)
    assert mixed["risk_resistance_11"] == 1
    logits = evaluate(rows, [{"id": "a", "score": 3.2}, {"id": "b", "score": -5}], replicates=0)
    assert logits["auroc"] == 1 and "ece" not in logits.to_dict()["figures"]


WRONG = [
    ([{"id": "a"}], "no prediction .the first is 'b'|have no prediction"),
    ([{"id": "x"}, {"id": "y"}], "their ids differ"),
    ([{"unsafe": True}], "prediction 1 has no `id`"),
    ([{"id": "a"}, {"id": "a"}], "another one for id 'a'"),
    ([{"id": "a", "label": "virus"}, {"id": "b"}], "'virus' is no class"),
    ([{"id": "a", "unsafe": "maybe"}, {"id": "b"}], "'maybe'; it must be true"),
    ([{"id": "a", "score": "high"}, {"id": "b"}], "'high'; it must be a number"),
    ([{"id": "a", "score": 0.4}, {"id": "b", "unsafe": True}], "all or none"),
]


@pytest.mark.parametrize(("answers", "message"), WRONG)
def test_what_is_wrong_is_said(answers: list[dict[str, Any]], message: str) -> None:
    rows = [{"id": "a", "label": "data_injection"}, {"id": "b", "label": SAFE}]
    with pytest.raises(ValueError, match=message):
        evaluate(rows, answers)


def test_a_subset_is_asked_for() -> None:
    rows, answers = made(100)
    with pytest.raises(ValueError, match="60 of 100 rows"):
        evaluate(rows, answers[:40])
    some = evaluate(rows, answers[:40], subset=True, replicates=0)
    assert some.to_dict()["figures"] == evaluate(rows[:40], answers[:40], replicates=0).to_dict()["figures"]


def test_intervals_are_seeded_and_hold_the_value() -> None:
    rows, answers = made(400)
    one, again, other = (evaluate(rows, answers, replicates=200, seed=seed).to_dict()["figures"] for seed in (1, 1, 2))
    assert one == again != other
    for name, figure in one.items():
        assert figure["low"] <= figure["high"], name
        if name != "ece":  # resampling adds noise to each bin, so this one lies above the value
            assert figure["low"] <= figure["value"] <= figure["high"], name
    shuffled = np.random.default_rng(0).permutation(400)
    moved = evaluate([rows[at] for at in shuffled], answers, replicates=200, seed=1).to_dict()["figures"]
    assert {name: figure["value"] for name, figure in moved.items()} == pytest.approx({name: figure["value"] for name, figure in one.items()})


@pytest.fixture(scope="module")
def held_out(run_dir: Path) -> pa.Table:
    return guardset.load(run_dir, split="test", columns=COLUMNS)


def test_a_guard_that_knows_all(held_out: pa.Table) -> None:
    answers = [{"id": row["id"], "label": row["label"], "score": float(row["unsafe"])} for row in held_out.to_pylist()]
    found = evaluate(held_out, answers, replicates=50)
    perfect = {name: float(name not in ("false_positive_rate", "fpr_at_recall_90", "fpr_at_recall_95", "ece", "brier")) for name in found.to_dict()["figures"]}
    assert {name: found[name] for name in perfect} == pytest.approx(perfect)
    assert {"pair_accuracy_twin", "pair_accuracy_lookalike", "risk_resistance_10"} <= set(perfect)
    json.dumps(found.to_dict(), allow_nan=False)


def test_slices_are_their_rows(held_out: pa.Table) -> None:
    records = held_out.to_pylist()
    random = np.random.default_rng(5)
    answers = [{"id": row["id"], "score": float(random.random())} for row in records]
    found = evaluate(held_out, answers, replicates=30).to_dict()["slices"]
    score = {answer["id"]: answer["score"] for answer in answers}
    for name in ("checkpoint", "vector", "domain"):
        assert set(found[name]) == {row[name] or "none" for row in records}
        for value, told in found[name].items():
            rows = [row for row in records if (row[name] or "none") == value]
            families = {row["family"] for row in rows}
            assert (told["rows"], told["families"]) == (len(rows), len(families))
            right = np.mean([(score[row["id"]] >= 0.5) == row["unsafe"] for row in rows])
            assert told["figures"]["safety_awareness"]["value"] == pytest.approx(right)
            assert (told["figures"]["safety_awareness"]["low"] is None) == (len(families) < 5)
    assert sum(told["rows"] for told in found["length"].values()) == len(records)
    short = sum(row["n_chars"] < 4000 for row in records)
    assert sum(told["rows"] for band, told in found["length"].items() if band in ("0-1999", "2000-3999")) == short


def test_the_table_tells_figures_and_baselines(held_out: pa.Table) -> None:
    answers = [{"id": id, "label": SAFE} for id in held_out["id"].to_pylist()]
    found = evaluate(held_out, answers, replicates=20)
    lines = found.table().splitlines()
    line = next(line for line in lines if line.startswith("| All classes (accuracy"))
    told = found.to_dict()["baselines"]
    assert [cell.strip() for cell in line.split("|")[3:6]] == [f"{told[name]['risk_resistance_18']:.3f}" for name in ("always_unsafe", "always_safe", "majority_class")]
    assert all(any(line.startswith(f"| `{name}` |") for line in lines) for name in set(held_out["label"].to_pylist()))
