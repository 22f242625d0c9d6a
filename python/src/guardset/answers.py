"""A guard's answers, brought into the order of the rows that they are about."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from guardset.classes import CLASSES, SAFE, class_id
from guardset.metrics import Floats, Ints

Records = Iterable[Mapping[str, Any]]


@dataclass(frozen=True)
class Answers:
    """One answer per row."""

    unsafe: Ints
    """1 unsafe, 0 safe, -1 no answer that could be parsed."""
    label: Ints | None
    """Position in `CLASSES`, -1 for none; None when the guard names no classes."""
    score: Floats | None
    """How sure of unsafe; infinitely wrong where there is no answer; None when the guard gives no scores."""

    def take(self, kept: NDArray[np.bool_]) -> Answers:
        """The answers to some of the rows."""
        label = None if self.label is None else self.label[kept]
        return Answers(self.unsafe[kept], label, None if self.score is None else self.score[kept])

    @classmethod
    def constant(cls, rows: int, unsafe: int, label: int, like: Answers) -> Answers:
        """The same answer to every row, of the kinds that another guard gives."""
        labels = None if like.label is None else np.full(rows, label)
        return cls(np.full(rows, unsafe), labels, None if like.score is None else np.full(rows, float(unsafe)))


def align(rows: pa.Table, predictions: pa.Table | Records, *, threshold: float, subset: bool) -> tuple[pa.Table, Answers]:
    """Finds the prediction of each row by `id`; the rows come back without those that have none, if `subset` allows it."""
    found = _by_id(predictions)
    ids = rows["id"].to_pylist()
    missing = [id for id in ids if id not in found]
    if len(missing) == len(ids):
        raise ValueError(f"no prediction is about any of the {len(ids)} rows: their ids differ, or another split was predicted")
    if missing and not subset:
        raise ValueError(
            f"{len(missing)} of {len(ids)} rows have no prediction (the first is {missing[0]!r}); "
            "a guard that gave no answer needs a prediction without one, and `subset` leaves such rows out"
        )
    if missing:
        rows = rows.filter(pa.array([id in found for id in ids]))
    records = [found[id] for id in ids if id in found]
    return rows, _answers(records, np.array([label != SAFE for label in rows["label"].to_pylist()]), threshold)


def _by_id(predictions: pa.Table | Records) -> dict[Any, Mapping[str, Any]]:
    if isinstance(predictions, pa.Table):
        wanted = [name for name in ("id", "unsafe", "score", "label") if name in predictions.column_names]
        predictions = predictions.select(wanted).to_pylist()
    found: dict[Any, Mapping[str, Any]] = {}
    for at, record in enumerate(predictions, start=1):
        if record.get("id") is None:
            raise ValueError(f"prediction {at} has no `id`")
        if record["id"] in found:
            raise ValueError(f"prediction {at}: there is another one for id {record['id']!r}")
        found[record["id"]] = record
    return found


def _answers(records: list[Mapping[str, Any]], truth: NDArray[np.bool_], threshold: float) -> Answers:
    score = np.array([_score(record) for record in records], dtype=np.float64)
    label = np.array([_label(record) for record in records], dtype=np.int64)
    unsafe = np.array([_side(record) for record in records], dtype=np.int64)
    safe = CLASSES.index(SAFE)
    scored = ~np.isnan(score)
    by_score = np.where(scored, np.where(np.nan_to_num(score) >= threshold, 1, 0), -1)
    by_label = np.where(label >= 0, np.where(label != safe, 1, 0), -1)
    unsafe = np.where(unsafe >= 0, unsafe, np.where(by_label >= 0, by_label, by_score))
    parsed = unsafe >= 0
    if scored.any() and not scored[parsed].all():
        raise ValueError(f"{scored.sum()} of {parsed.sum()} predictions have a `score`; all or none must")
    names_classes = (label >= 0).any()
    label = np.where((label < 0) & (unsafe == 0), safe, label)
    wrong = np.where(truth, -np.inf, np.inf)
    return Answers(unsafe, label if names_classes else None, np.where(scored, score, wrong) if scored.any() else None)


def _side(record: Mapping[str, Any]) -> int:
    value = record.get("unsafe")
    if value is None:
        return -1
    if isinstance(value, bool | np.bool_) or value in (0, 1):
        return int(value)
    raise ValueError(f"prediction of {record['id']!r}: `unsafe` is {value!r}; it must be true, false or null")


def _label(record: Mapping[str, Any]) -> int:
    value = record.get("label")
    if value is None:
        return -1
    id = class_id(str(value))
    if id is None:
        raise ValueError(f"prediction of {record['id']!r}: {value!r} is no class; there are {', '.join(CLASSES)}")
    return CLASSES.index(id)


def _score(record: Mapping[str, Any]) -> float:
    value = record.get("score")
    if value is None:
        return math.nan
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if math.isnan(number):
        raise ValueError(f"prediction of {record['id']!r}: `score` is {value!r}; it must be a number or null")
    return number
