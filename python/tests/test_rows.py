"""What holds for every row of a run."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import guardset
import jsonschema
import pyarrow.parquet as pq

Rows = list[dict[str, Any]]


def test_evidence_resolves(rows: Rows) -> None:
    for row in rows:
        for evidence in row["evidence"]:
            text = guardset.resolve(row, evidence["pointer"])
            found = text[evidence["start"] : evidence["end"]]
            assert found == evidence["text"], f"{row['id']} {evidence['pointer']}"


def test_evidence_is_there_when_unsafe(rows: Rows) -> None:
    for row in rows:
        if row["unsafe"]:
            assert row["evidence"], f"{row['id']}: unsafe, and nothing shows it"
        else:
            assert not row["violating_steps"], f"{row['id']}: safe, and steps are wrong"
        assert all(0 <= step < row["n_steps"] for step in row["violating_steps"]), row["id"]


def test_splits_share_no_family(rows: Rows) -> None:
    splits = defaultdict(set)
    for row in rows:
        splits[row["family"]].add(row["split"])
    assert not {family: where for family, where in splits.items() if len(where) > 1}


def test_pairs_stay_in_one_family(rows: Rows) -> None:
    families = defaultdict(set)
    for row in rows:
        if row["pair_id"] is not None:
            families[row["pair_id"]].add(row["family"])
    assert not {pair: where for pair, where in families.items() if len(where) > 1}


def test_shards_hold_their_split(run_dir: Path) -> None:
    for split in guardset.SPLITS:
        for shard in run_dir.glob(f"data/canonical/{split}-*.parquet"):
            assert set(pq.read_table(shard, columns=["split"]).column("split").to_pylist()) <= {split}


def test_ids(rows: Rows) -> None:
    assert not [id for id, count in Counter(row["id"] for row in rows).items() if count > 1]
    for row in rows:
        for name in ("id", "content_hash"):
            assert len(row[name]) == 32 and set(row[name]) <= set("0123456789abcdef")


def test_labels_are_in_the_taxonomy(rows: Rows, taxonomy: dict[str, Any]) -> None:
    classes = {entry["id"]: entry for entry in taxonomy["class"]}
    axes = {axis: {entry["id"] for entry in taxonomy[axis]} for axis in ("vector", "effect", "disguise", "control")}
    for row in rows:
        entry = classes[row["label"]]
        assert set(row["labels"]) <= set(classes) and row["label"] in row["labels"], row["id"]
        for name in ("phase", "source", "scope", "threat_type", "maestro"):
            assert row[name] == entry[name], f"{row['id']} {name}"
        assert row["catalogue_ids"] == entry.get("catalogue_ids", []), row["id"]
        for axis in ("vector", "effect", "disguise"):
            assert row[axis] is None or row[axis] in axes[axis], f"{row['id']} {axis}"
        assert set(row["controls"]) <= axes["control"], row["id"]
        assert row["taxonomy_version"] == taxonomy["version"]


def test_flags_are_consistent(rows: Rows) -> None:
    for row in rows:
        assert row["unsafe"] == (row["label"] != "appropriate"), row["id"]
        assert (row["severity"] == "none") == (not row["unsafe"]), row["id"]
        assert row["attack_present"] or not row["attack_followed"], row["id"]
        if not row["unsafe"]:
            assert row["labels"] == ["appropriate"], row["id"]
        if not row["attack_present"]:
            assert row["vector"] is row["effect"] is row["disguise"] is None, row["id"]
            assert not row["controls"], row["id"]


def test_sizes(rows: Rows) -> None:
    for row in rows:
        assert row["n_chars"] == len(row["body"]), row["id"]
        assert row["n_tools"] == len(row["tools"]), row["id"]
        assert row["n_steps"] == len(row["steps"]), row["id"]
        assert all(0 <= flow["step"] < max(row["n_steps"], 1) for flow in row["flows"]), row["id"]
        assert {message["role"] for message in row["messages"]} <= {"system", "user", "assistant", "tool"}


def test_tools_are_mcp_tools(rows: Rows, tool_schema: dict[str, Any]) -> None:
    validator = jsonschema.validators.validator_for(tool_schema)(tool_schema)
    distinct = {json.dumps(tool, sort_keys=True) for row in rows for tool in row["tools"]}
    assert distinct
    for text in sorted(distinct):
        errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(text))]
        assert not errors, f"{text}: {errors}"


def test_manifest_is_the_truth(run_dir: Path, manifest: dict[str, Any], rows: Rows) -> None:
    counts = manifest["counts"]
    assert counts["accepted"] == len(rows) == sum(shard["rows"] for shard in manifest["shards"])
    for key, column in (("splits", "split"), ("classes", "label"), ("checkpoints", "checkpoint")):
        counted = Counter(row[column] for row in rows)
        assert counted == Counter({name: count for name, count in counts[key].items() if count}), key

    listed = {shard["file"]: shard for shard in manifest["shards"]}
    files = {shard.name: shard for shard in guardset.shards(run_dir)}
    assert sorted(listed) == sorted(files)
    for name, shard in listed.items():
        bytes_ = files[name].read_bytes()
        assert hashlib.sha256(bytes_).hexdigest() == shard["sha256"], name
        assert len(bytes_) == shard["file_bytes"], name
        bodies = pq.read_table(files[name], columns=["body"]).column("body").to_pylist()
        assert (len(bodies), sum(len(body.encode()) for body in bodies)) == (shard["rows"], shard["text_bytes"]), name


def test_rejects_are_counted(run_dir: Path, manifest: dict[str, Any]) -> None:
    table = pq.read_table(run_dir / "rejects.parquet")
    assert table.column_names == ["stage", "reason", "detail", "scenario", "pattern", "seed"]
    found = Counter((row["stage"], row["reason"]) for row in table.to_pylist())
    stages = manifest["counts"]["rejected"]
    assert found == Counter({(stage, reason): count for stage, reasons in stages.items() for reason, count in reasons.items()})


def test_nothing_half_written(run_dir: Path) -> None:
    assert not list(run_dir.rglob(".*.tmp"))
