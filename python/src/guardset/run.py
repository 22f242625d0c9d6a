"""From a run's folder to tables and rows."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

SPLITS = (
    "train",
    "validation",
    "test",
    "test_unseen_pattern",
    "test_unseen_server",
    "test_unseen_domain",
)
"""All splits, in canonical order. A run may lack some."""

JSON_COLUMNS = ("tools", "session", "steps")
"""Columns that hold JSON: objects, text or bytes, by reader."""

StrPath = str | os.PathLike[str]


def load(
    run_dir: StrPath, split: str | None = None, columns: Sequence[str] | None = None
) -> pa.Table:
    """Reads one split, or all of them, into a table. JSON columns are text in it."""
    wanted = list(columns) if columns is not None else None
    tables = [_plain(pq.read_table(shard, columns=wanted)) for shard in shards(run_dir, split)]
    return pa.concat_tables(tables)


def rows(
    run_dir: StrPath, split: str | None = None, columns: Sequence[str] | None = None
) -> Iterator[dict[str, Any]]:
    """Iterates over the rows of one split, or of all, with JSON columns parsed.

    Reads piece by piece: memory does not grow with the run.
    """
    wanted = list(columns) if columns is not None else None
    for shard in shards(run_dir, split):
        with pq.ParquetFile(shard) as file:
            for batch in file.iter_batches(batch_size=256, columns=wanted):
                for row in _plain(pa.Table.from_batches([batch])).to_pylist():
                    yield normalise(row)


def normalise(row: Mapping[str, Any]) -> dict[str, Any]:
    """Parses the JSON columns of a row from any reader; what is parsed already stays as it is.

    `datasets` gives objects or, in older versions, text; pyarrow gives text; polars gives bytes.
    """
    return {
        name: json.loads(value) if name in JSON_COLUMNS and isinstance(value, str | bytes) else value
        for name, value in row.items()
    }


def shards(run_dir: StrPath, split: str | None = None) -> list[Path]:
    """The files of one split, or of all, in canonical order."""
    folder = Path(run_dir) / "data" / "canonical"
    if split is not None and split not in SPLITS:
        raise ValueError(f"{split!r} is no split; there are {', '.join(SPLITS)}")
    wanted = SPLITS if split is None else (split,)
    found = [shard for name in wanted for shard in sorted(folder.glob(f"{name}-*.parquet"))]
    if not found:
        what = "shards" if split is None else f"shards of split {split!r}"
        raise FileNotFoundError(f"no {what} in {folder}; is {run_dir} the folder of a run?")
    return found


def _plain(table: pa.Table) -> pa.Table:
    """Takes the JSON type off: pyarrow gives it or text, by version."""
    for index, field in enumerate(table.schema):
        if isinstance(field.type, pa.BaseExtensionType):
            column = table.column(index)
            storage = [chunk.storage for chunk in column.chunks]
            text = pa.chunked_array(storage, type=field.type.storage_type).cast(pa.string())
            table = table.set_column(index, pa.field(field.name, pa.string()), text)
    return table
