"""The tools that people load data with, on every view of the run."""

from __future__ import annotations

import importlib.machinery
import os
import sys
import types
from itertools import islice
from pathlib import Path
from typing import Any

import datasets
import duckdb
import guardset
import pandas
import polars
import pytest


def folders(run: Path) -> list[Path]:
    return [run / "data" / view for view in guardset.views(run)]


def plain(value: Any) -> Any:
    """Messages as lists of dicts, whatever arrays a reader makes of them."""
    return [dict(message) for message in value]


@pytest.fixture(scope="module", autouse=True)
def no_network() -> None:
    os.environ["HF_DATASETS_OFFLINE"] = "1"


def test_datasets_streams(view_run: Path) -> None:
    for folder in folders(view_run):
        stream = datasets.load_dataset("parquet", data_files={"test": str(folder / "test-*.parquet")}, split="test", streaming=True)
        wanted = guardset.load(view_run, folder.name, "test", columns=["id", "messages"]).slice(0, 20).to_pylist()
        rows = list(stream.take(20))
        assert [(row["id"], plain(row["messages"])) for row in rows] == [(row["id"], row["messages"]) for row in wanted]
        if folder.name == "canonical":
            tools = [row["tools"] for row in islice(guardset.rows(view_run, split="test"), 20)]
            assert [guardset.normalise(row)["tools"] for row in rows] == tools


def test_pandas_duckdb_and_polars_read_the_same(view_run: Path) -> None:
    for folder in folders(view_run):
        table = guardset.load(view_run, folder.name, "train", columns=["id", "label", "unsafe", "messages"])
        wanted = [(row["id"], row["label"], row["unsafe"], row["messages"]) for row in table.to_pylist()]
        columns = ["id", "label", "unsafe", "messages"]
        pattern = str(folder / "train-*.parquet")
        frame = pandas.concat(pandas.read_parquet(path, columns=columns) for path in guardset.shards(view_run, folder.name, "train"))
        assert [(id, label, bool(unsafe), plain(messages)) for id, label, unsafe, messages in frame.itertuples(index=False)] == wanted
        query = f"select {', '.join(columns)} from read_parquet('{pattern}', file_row_number = true) order by filename, file_row_number"
        told = duckdb.sql(query).fetchall()
        assert [(id, label, unsafe, plain(messages)) for id, label, unsafe, messages in told] == wanted
        assert [tuple(row) for row in polars.scan_parquet(pattern).select(columns).collect().rows()] == wanted


def test_json_columns_are_json_in_duckdb(run_dir: Path) -> None:
    pattern = str(run_dir / "data" / "canonical" / "test-*.parquet")
    first = next(guardset.rows(run_dir, split="test"))
    query = f"select json_array_length(tools::json), steps::json->>'$[0].kind' from read_parquet('{pattern}') where id = '{first['id']}'"
    told = duckdb.sql(query).fetchall()
    assert told == [(len(first["tools"]), first["steps"][0].get("kind"))]


def test_llama_factory_reads_a_view(view_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # It asks for torchaudio on import, of which there is none for every torch, and of which text needs nothing.
    audio = types.ModuleType("torchaudio")
    audio.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
    monkeypatch.setitem(sys.modules, "torchaudio", audio)
    monkeypatch.setenv("DISABLE_VERSION_CHECK", "1")
    from llamafactory.data.loader import _load_single_dataset
    from llamafactory.data.parser import get_dataset_list
    from llamafactory.hparams import DataArguments, ModelArguments
    from transformers import Seq2SeqTrainingArguments

    names = ["chat_test"]
    arguments = DataArguments(dataset_dir=str(view_run), dataset=",".join(names), template="default")
    (entry,) = get_dataset_list(names, str(view_run))
    model = ModelArguments(model_name_or_path="none")
    training = Seq2SeqTrainingArguments(output_dir="none", use_cpu=True, report_to=[])
    rows = _load_single_dataset(entry, model, arguments, training)
    wanted = guardset.load(view_run, "chat", "test", columns=["messages"])["messages"].to_pylist()
    assert len(rows) == len(wanted)
    for row, messages in zip(rows, wanted, strict=True):
        system = messages[0]["content"] if messages[0]["role"] == "system" else ""
        assert row["_system"] == system
        assert row["_prompt"] == messages[1 if system else 0 : -1]
        assert row["_response"] == messages[-1:]
