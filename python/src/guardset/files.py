"""Predictions and MCIP's own data, from the files that people keep them in."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from guardset.classes import MCIP, SAFE, class_id
from guardset.run import StrPath, load, views
from guardset.verdict import codes, parse_verdict, prediction

KINDS = (".jsonl", ".json", ".csv", ".parquet")
"""The endings of files that are read."""


def read_records(path: StrPath) -> list[dict[str, Any]]:
    """The records of a JSONL, JSON (a list), CSV or Parquet file. An empty cell of a CSV file is None."""
    path = Path(path)
    if path.suffix not in KINDS:
        raise ValueError(f"{path}: the name must end in {', '.join(KINDS)}")
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return [{name: value or None for name, value in row.items()} for row in csv.DictReader(file)]
    text = path.read_text(encoding="utf-8")
    records = _lines(text, path) if path.suffix == ".jsonl" else _json(text, f"{path}")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ValueError(f"{path}: must hold a list of objects")
    return records


def _lines(text: str, path: Path) -> list[Any]:
    # Not splitlines: a JSON string may hold other line separators than this one.
    return [_json(line, f"{path}:{number}") for number, line in enumerate(text.split("\n"), start=1) if line.strip()]


def _json(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"{place}: no JSON: {error}") from error


def read_mcip(path: StrPath) -> pa.Table:
    """Rows of MCIP's data: `body` and `label`, in MCIP's spelling or ours. An `id` is the position, from 0."""
    rows = []
    for at, record in enumerate(read_records(path)):
        missing = [name for name in ("body", "label") if not isinstance(record.get(name), str)]
        if missing:
            raise ValueError(f"{path}: row {at} has no text in {' and '.join(missing)}; MCIP's data have `body` and `label`")
        label = class_id(record["label"])
        if label not in MCIP:
            there = ", ".join(names.dataset for names in MCIP.values())
            raise ValueError(f"{path}: row {at}: {record['label']!r} is no class of MCIP; there are {there}")
        rows.append({"id": str(at), "body": record["body"], "label": label, "unsafe": label != SAFE})
    return pa.Table.from_pylist(rows)


def read_predictions(path: StrPath, view: str | None = None, prompts: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Predictions as `evaluate` takes them; without any `id`, that is their position, from 0.

    A record with `text` (and no `unsafe`) is a raw answer in the format of `view`. `prompts` are the messages of the
    view's rows by id: they tell what the codes of an answer mean.
    """
    records = read_records(path)
    if not any("id" in record for record in records):
        records = [{**record, "id": str(at)} for at, record in enumerate(records)]
    if view is None and any("text" in record and not {"unsafe", "label", "score"} & record.keys() for record in records):
        raise ValueError(f"{path} has raw answers (`text`): say in the format of which view they are")
    return [_prediction(record, view, prompts or {}, path) for record in records]


def _prediction(record: dict[str, Any], view: str | None, prompts: Mapping[str, Any], path: StrPath) -> dict[str, Any]:
    found = {name: record.get(name) for name in ("id", "unsafe", "score", "label")}
    if isinstance(found["unsafe"], str):
        word = found["unsafe"].strip().lower()
        if word not in _WORDS:
            raise ValueError(f"{path}: prediction of {found['id']!r}: `unsafe` is {word!r}; it must be true or false")
        found["unsafe"] = _WORDS[word]
    if view is not None and record.get("text") is not None and found["unsafe"] is None:
        table = codes(prompts[found["id"]]) if found["id"] in prompts else {}
        said = prediction(found["id"], parse_verdict(record["text"], view, table))
        # A score stays only beside an answer: without one there is nothing that it is sure of.
        found = said | ({"score": found["score"]} if "unsafe" in said else {})
    return found


_WORDS = {"true": True, "1": True, "false": False, "0": False}


def read_prompts(run_dir: StrPath, view: str | None, ids: Iterable[str]) -> dict[str, Any]:
    """The messages of a view's rows by id; nothing where the run lacks the view."""
    if view is None or view not in views(run_dir):
        return {}
    wanted = set(ids)
    table = load(run_dir, view, columns=["id", "messages"])
    return {id: messages for id, messages in zip(table["id"].to_pylist(), table["messages"].to_pylist()) if id in wanted}
