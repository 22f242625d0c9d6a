"""Evaluations of several splits, and the files that tell of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from guardset import tables
from guardset.answers import Records
from guardset.evaluation import Evaluation, evaluate
from guardset.run import SPLITS, StrPath

WHOLE = "all"
"""The name of rows without a split."""


def evaluate_splits(rows: pa.Table, predictions: pa.Table | Records, **options: Any) -> dict[str, Evaluation]:
    """Evaluates each split of the rows on its own, in canonical order; `options` are those of `evaluate`."""
    predictions = predictions if isinstance(predictions, pa.Table) else list(predictions)
    if "split" not in rows.column_names:
        return {WHOLE: evaluate(rows, predictions, **options)}
    present = set(rows["split"].to_pylist())
    parts = {split: rows.filter(pc.equal(rows["split"], split)) for split in SPLITS if split in present}
    return {split: evaluate(part, predictions, **options) for split, part in parts.items()}


def predicted(rows: pa.Table, predictions: Records) -> pa.Table:
    """The rows of those splits that the predictions are about."""
    ids = {record["id"] for record in predictions}
    splits = {split for id, split in zip(rows["id"].to_pylist(), rows["split"].to_pylist()) if id in ids}
    if not splits:
        raise ValueError("no prediction is about any row: their ids differ from those of the run")
    return rows.filter(pc.is_in(rows["split"], pa.array(sorted(splits))))


def write(evaluations: Mapping[str, Evaluation], folder: StrPath, plots: bool = True) -> list[Path]:
    """Writes `evaluation.json` and `evaluation.md`, and with `plots` each plot as PNG and SVG."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    found = {name: evaluation.to_dict() for name, evaluation in evaluations.items()}
    files = [folder / "evaluation.json", folder / "evaluation.md"]
    files[0].write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    files[1].write_text(markdown(evaluations), encoding="utf-8")
    if plots:
        from guardset import plots as drawn  # matplotlib is optional

        files += drawn.draw(found, folder)
    return files


def markdown(evaluations: Mapping[str, Evaluation]) -> str:
    """The splits side by side, then each on its own."""
    parts = [f"## {name}\n\n{evaluation.table()}" for name, evaluation in evaluations.items()]
    return "\n".join([summary(evaluations), *parts])


def summary(evaluations: Mapping[str, Evaluation]) -> str:
    """The figures of each split side by side, each with the best of the guards that do not look."""
    return tables.summary({name: evaluation.to_dict() for name, evaluation in evaluations.items()})
