"""The description of a run for programs, read by the vocabulary's own reader."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import guardset
import mlcroissant
import pytest


@pytest.fixture(scope="module")
def dataset(run_dir: Path) -> mlcroissant.Dataset:
    return mlcroissant.Dataset(str(run_dir / "croissant.json"))


def test_nothing_is_wrong_with_it(dataset: mlcroissant.Dataset) -> None:
    issues = dataset.metadata.ctx.issues
    assert not issues.errors
    # Who publishes the data knows when; a run has no clock.
    assert all("datePublished" in warning for warning in issues.warnings), issues.report()


def test_every_file_is_the_one_it_names(run_dir: Path) -> None:
    files = [entry for entry in json.loads((run_dir / "croissant.json").read_text())["distribution"] if "sha256" in entry]
    on_disk = {path.relative_to(run_dir).as_posix() for path in run_dir.glob("data/*/*.parquet")}
    assert {entry["contentUrl"] for entry in files} == on_disk
    for entry in files:
        content = (run_dir / entry["contentUrl"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["contentSize"] == f"{len(content)} B"


@pytest.mark.parametrize("split", guardset.SPLITS)
def test_rows_are_read_through_it(dataset: mlcroissant.Dataset, run_dir: Path, split: str) -> None:
    wanted = guardset.load(run_dir, split=split, columns=["id", "unsafe", "n_chars", "labels"]).to_pylist()
    prefix = f"canonical/{split}"
    found = [{name: record[f"{prefix}/{name}"] for name in ("id", "unsafe", "n_chars", "labels")} for record in dataset.records(prefix)]
    as_text = [{**row, "id": row["id"].encode(), "labels": [label.encode() for label in row["labels"]]} for row in wanted]
    assert [{**row, "labels": list(row["labels"])} for row in found] == as_text


def test_rows_of_views_are_read_through_it(dataset: mlcroissant.Dataset, run_dir: Path) -> None:
    for view in guardset.views(run_dir):
        if view == "canonical":
            continue
        wanted = guardset.load(run_dir, view, "validation", columns=["id", "messages"]).to_pylist()
        records = list(dataset.records(f"{view}/validation"))
        prefix = f"{view}/validation"
        assert [record[f"{prefix}/id"].decode() for record in records] == [row["id"] for row in wanted]
        answers = [record[f"{prefix}/messages"][-1][f"{prefix}/messages/content"].decode() for record in records]
        assert answers == [row["messages"][-1]["content"] for row in wanted]
