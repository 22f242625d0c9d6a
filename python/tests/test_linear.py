"""The linear guard, trained on the run under test from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import guardset
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from guardset.classes import CLASSES, SAFE
from guardset.evaluation import COLUMNS, evaluate
from guardset.linear import LinearGuard, Settings
from guardset.train_linear import SCORED, main

SETTINGS = Settings(bits=16)


@pytest.fixture(scope="module")
def trained(run_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guard")
    arguments = [str(run_dir), "--output", str(folder), "--replicates", "50", "--bits", "16", "--no-plots"]
    assert main(arguments) == 0
    return folder


@pytest.fixture(scope="module")
def scored(run_dir: Path) -> pa.Table:
    """All rows that the guard was evaluated on."""
    return pa.concat_tables(guardset.load(run_dir, split=split, columns=[*COLUMNS, "body"]) for split in SCORED)


def test_it_beats_guards_that_do_not_look(trained: Path, scored: pa.Table) -> None:
    predictions = pq.read_table(trained / "predictions.parquet")
    assert set(predictions["id"].to_pylist()) == set(scored["id"].to_pylist())
    found = evaluate(scored, predictions).to_dict()
    assert found["figures"]["auroc"]["low"] > 0.5 == found["baselines"]["always_unsafe"]["auroc"]
    assert found["figures"]["pair_ranking"]["low"] > 0.5
    macro = found["figures"]["risk_resistance_18_macro_f1"]
    assert macro["low"] > max(told["risk_resistance_18_macro_f1"] for told in found["baselines"].values())
    written = json.loads((trained / "evaluation.json").read_text(encoding="utf-8"))
    assert sum(one["rows"] for one in written.values()) == found["rows"]
    assert list(written) == [split for split in SCORED if split in set(scored["split"].to_pylist())]


def test_a_saved_guard_answers_the_same(trained: Path, scored: pa.Table) -> None:
    guard = LinearGuard.load(trained)
    assert guard.settings == SETTINGS
    texts = scored["body"].to_pylist()
    said = pq.read_table(trained / "predictions.parquet").to_pylist()
    again = list(guard.predict(texts))
    assert again == [{name: record[name] for name in ("unsafe", "score", "label")} for record in said]
    assert [answer["label"] != SAFE for answer in again] == [answer["unsafe"] for answer in again]
    # A text is judged alone, whatever stands beside it.
    assert [answer["label"] for answer in guard.predict(texts[::-1])][::-1] == [answer["label"] for answer in again]


def test_training_repeats_itself(trained: Path, run_dir: Path) -> None:
    rows = guardset.load(run_dir, split="train", columns=["body", "label"])
    guard, kept = LinearGuard.fit(rows["body"].to_pylist(), rows["label"].to_pylist(), SETTINGS), LinearGuard.load(trained)
    assert np.array_equal(guard.side, kept.side) and np.array_equal(guard.kinds, kept.kinds)


WORDS = {"replay_injection": "twice again", "data_injection": "invented figures", "identity_injection": "I am root", SAFE: "all is well"}


def made() -> tuple[list[str], list[str]]:
    labels = list(WORDS) * 30
    return [f"session {at % 7}: {WORDS[label]} in step {at % 5}" for at, label in enumerate(labels)], labels


@pytest.mark.parametrize("settings", [Settings(bits=14), Settings("char_wb", 3, 4, bits=14)])
def test_it_learns_what_words_tell(settings: Settings) -> None:
    guard = LinearGuard.fit(*made(), settings)
    said = list(guard.predict([f"step 3: {text}" for text in WORDS.values()]))
    assert [answer["label"] for answer in said] == list(WORDS)
    assert all((answer["score"] > 0.9) if answer["unsafe"] else (answer["score"] < 0.1) for answer in said)
    assert set(WORDS) < set(CLASSES)


def test_what_is_wrong_is_said(run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts, labels = made()
    with pytest.raises(ValueError, match="safe rows, and unsafe ones of three classes"):
        LinearGuard.fit(texts[:2], labels[:2], SETTINGS)
    assert main([str(tmp_path), "--output", str(tmp_path / "guard")]) == 2
    assert "the folder of a run" in capsys.readouterr().err
    broken: dict[str, Any] = {"guard": "encoder"}
    (tmp_path / "config.json").write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(ValueError, match="is no linear guard"):
        LinearGuard.load(tmp_path)
