"""Every reader gives every column, as docs/data-dictionary.md documents it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import datasets
import guardset
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

STRUCTS = {
    "messages": {"role": "string", "content": "string"},
    "flows": {
        "step": "int32",
        "sender": "string",
        "recipient": "string",
        "subject": "string",
        "information": "string",
        "principle": "string",
    },
    "evidence": {
        "surface": "string",
        "step": "int32",
        "pointer": "string",
        "start": "int32",
        "end": "int32",
        "text": "string",
    },
}
MAY_BE_NULL = {"pair_id", "pair_role", "vector", "effect", "disguise", "goal", "pattern", "paraphrase_model"}


def documented(arrow: pa.DataType, name: str) -> str:
    """The words of the data dictionary for an Arrow type."""
    if name in guardset.JSON_COLUMNS:
        return "json"
    if pa.types.is_list(arrow):
        inner = arrow.value_type
        if pa.types.is_struct(inner):
            assert {field.name: str(field.type) for field in inner} == STRUCTS[name]
            return "list of struct"
        return f"list of {inner}"
    return str(arrow)


def test_dictionary_is_the_schema(run_dir: Path, dictionary: dict[str, str]) -> None:
    for shard in guardset.shards(run_dir):
        schema = pq.read_schema(shard)
        assert {field.name: documented(field.type, field.name) for field in schema} == dictionary
        assert schema.names == list(dictionary)
        assert all(field.nullable for field in schema)


def test_files_bear_the_encoding_that_every_loader_reads(run_dir: Path) -> None:
    for shard in guardset.shards(run_dir):
        metadata = pq.read_metadata(shard)
        assert set(metadata.metadata) == {b"guardset.rows", b"guardset.text_bytes", b"guardset.column_bytes"}
        assert int(metadata.metadata[b"guardset.rows"]) == metadata.num_rows
        logical = {metadata.schema.column(i).path: metadata.schema.column(i).logical_type.type for i in range(len(metadata.schema))}
        assert {path for path, kind in logical.items() if kind == "JSON"} == set(guardset.JSON_COLUMNS)


def test_pyarrow_table(table: pa.Table, dictionary: dict[str, str]) -> None:
    assert table.column_names == list(dictionary)
    for name in guardset.JSON_COLUMNS:
        assert table.schema.field(name).type == pa.string()
    for name in table.column_names:
        nulls = table.column(name).null_count
        assert nulls == 0 or name in MAY_BE_NULL, f"{name}: {nulls} nulls"


def test_load_selects(run_dir: Path, table: pa.Table, manifest: dict[str, Any]) -> None:
    for split, count in manifest["counts"]["splits"].items():
        if count:
            part = guardset.load(run_dir, split=split, columns=["id", "split", "tools"])
            assert part.column_names == ["id", "split", "tools"]
            assert part.num_rows == count
            assert set(part.column("split").to_pylist()) == {split}
    with pytest.raises(ValueError, match="no split"):
        guardset.load(run_dir, split="training")
    with pytest.raises(FileNotFoundError, match="folder of a run"):
        guardset.load(run_dir / "data")


def test_rows_are_parsed(rows: list[dict[str, Any]], table: pa.Table, dictionary: dict[str, str]) -> None:
    assert len(rows) == table.num_rows > 0
    plain = table.select(guardset.JSON_COLUMNS).to_pylist()
    for row, text in zip(rows, plain, strict=True):
        assert list(row) == list(dictionary)
        assert isinstance(row["tools"], list) and all(isinstance(tool, dict) for tool in row["tools"])
        assert isinstance(row["session"], dict)
        assert isinstance(row["steps"], list)
        for name in guardset.JSON_COLUMNS:
            assert row[name] == json.loads(text[name])


def test_polars_reads_the_same(run_dir: Path, rows: list[dict[str, Any]], dictionary: dict[str, str]) -> None:
    frame = pl.concat([pl.read_parquet(shard) for shard in guardset.shards(run_dir)])
    assert frame.columns == list(dictionary)
    for theirs, ours in zip(frame.iter_rows(named=True), rows, strict=True):
        assert guardset.normalise(theirs) == ours
    # As the data dictionary advises.
    text = frame.select(pl.col(guardset.JSON_COLUMNS).cast(pl.String))
    assert set(text.dtypes) == {pl.String}


def test_polars_scans(run_dir: Path, rows: list[dict[str, Any]]) -> None:
    scan = pl.scan_parquet(guardset.shards(run_dir))
    counted = scan.group_by("label").agg(pl.len()).collect()
    assert dict(counted.iter_rows()) == Counter(row["label"] for row in rows)
    some = rows[-1]
    found = scan.filter(pl.col("id") == some["id"]).select("body").collect()
    assert found["body"].to_list() == [some["body"]]


def rounded(row: dict[str, Any]) -> str:
    """A row as text. `datasets` decodes JSON numbers by a quick parser that can be off in the 17th digit."""

    def of(value: Any) -> Any:
        match value:
            case float():
                return round(value, 9)
            case dict():
                return {key: of(inner) for key, inner in value.items()}
            case list():
                return [of(inner) for inner in value]
        return value

    return json.dumps(of(row))


@pytest.mark.parametrize("streaming", [False, True])
def test_datasets_reads_the_same(
    run_dir: Path, rows: list[dict[str, Any]], manifest: dict[str, Any], tmp_path: Path, streaming: bool
) -> None:
    """`load_dataset(DIR)` works by the card alone, and gives every row."""
    loaded = datasets.load_dataset(str(run_dir), cache_dir=str(tmp_path), streaming=streaming)
    splits = [split for split, count in manifest["counts"]["splits"].items() if count]
    assert sorted(loaded) == sorted(splits)
    theirs = [row for split in guardset.SPLITS if split in loaded for row in loaded[split]]
    assert len(theirs) == len(rows)
    for row, ours in zip(theirs, rows, strict=True):
        for name in guardset.JSON_COLUMNS:
            assert isinstance(row[name], (str, list, dict)), name
        # As text, so that the order of keys counts too.
        assert rounded(guardset.normalise(row)) == rounded(ours)


def test_every_view_is_a_config_of_all_its_splits(run_dir: Path, manifest: dict[str, Any], tmp_path: Path) -> None:
    assert datasets.get_dataset_config_names(str(run_dir)) == guardset.views(run_dir)
    assert len(manifest["views"]) > 1
    for view in manifest["views"]:
        loaded = datasets.load_dataset(str(run_dir), view["name"], cache_dir=str(tmp_path))
        assert {split: part.num_rows for split, part in loaded.items()} == view["splits"]
        ours = guardset.load(run_dir, view["name"], "validation").to_pylist()
        assert loaded["validation"].to_list() == ours
        assert all(set(message) == {"role", "content"} for row in ours for message in row["messages"])
