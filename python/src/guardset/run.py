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
    run_dir: StrPath,
    view: str = "canonical",
    split: str | None = None,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """Reads one split of a view, or all of them, into a table. JSON columns are text in it."""
    return pa.concat_tables(
        _plain(pq.read_table(shard, columns=_present(pq.read_schema(shard), columns, shard)))
        for shard in shards(run_dir, view, split)
    )


def rows(
    run_dir: StrPath,
    view: str = "canonical",
    split: str | None = None,
    columns: Sequence[str] | None = None,
) -> Iterator[dict[str, Any]]:
    """Iterates over the rows of one split of a view, or of all, with JSON columns parsed.

    Reads piece by piece: memory does not grow with the run.
    """
    for shard in shards(run_dir, view, split):
        with pq.ParquetFile(shard) as file:
            wanted = _present(file.schema_arrow, columns, shard)
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


def views(run_dir: StrPath) -> list[str]:
    """The views that a run holds, `canonical` first."""
    found = {shard.parent.name for shard in (Path(run_dir) / "data").glob("*/*.parquet")}
    return sorted(found, key=lambda view: (view != "canonical", view))


def shards(run_dir: StrPath, view: str = "canonical", split: str | None = None) -> list[Path]:
    """The files of one split of a view, or of all its splits, in canonical order."""
    if split is not None and split not in SPLITS:
        raise ValueError(f"{split!r} is no split; there are {', '.join(SPLITS)}")
    held = views(run_dir)
    if not held:
        raise FileNotFoundError(f"no shards in {Path(run_dir) / 'data'}; is {run_dir} the folder of a run?")
    if view not in held:
        meant = f"; for a split, write split={view!r}" if view in SPLITS else ""
        raise ValueError(f"{run_dir} has no view {view!r}; there are {', '.join(held)}{meant}")
    folder = Path(run_dir) / "data" / view
    by_split = {name: sorted(folder.glob(f"{name}-*.parquet")) for name in SPLITS}
    found = [shard for name in SPLITS if split in (None, name) for shard in by_split[name]]
    if not found:
        there = ", ".join(name for name in SPLITS if by_split[name]) or "none"
        raise FileNotFoundError(f"no shards of split {split!r} in {folder}; there are {there}")
    return found


def _present(schema: pa.Schema, columns: Sequence[str] | None, shard: Path) -> list[str] | None:
    """The columns asked for; pyarrow would leave out silently what a file lacks."""
    if columns is None:
        return None
    missing = [name for name in columns if name not in schema.names]
    if missing:
        raise KeyError(f"{shard} has no column {', '.join(missing)}; there are {', '.join(schema.names)}")
    return list(columns)


def _plain(table: pa.Table) -> pa.Table:
    """Takes the JSON type off: pyarrow gives it or text, by version."""
    for index, field in enumerate(table.schema):
        if isinstance(field.type, pa.BaseExtensionType):
            column = table.column(index)
            storage = [chunk.storage for chunk in column.chunks]
            text = pa.chunked_array(storage, type=field.type.storage_type).cast(pa.string())
            table = table.set_column(index, pa.field(field.name, pa.string()), text)
    return table
