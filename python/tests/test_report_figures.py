"""The figures of report.html are those of the Parquet, counted here without a line of the program that wrote it."""

from __future__ import annotations

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

COUNTED = {
    "split": "split", "pair-role": "pair_role", "surface": "surface", "voice": "voice", "agent": "agent", "language": "language",
    "protocol": "protocol_version", "domain": "domain", "effect": "effect", "severity": "severity", "disguise": "disguise", "goal": "goal",
    "pattern": "pattern", "reworded": "paraphrase_model",
}
CROSSED = {"class-vector": "vector", "class-checkpoint": "checkpoint", "class-domain": "domain", "class-split": "split"}
FACETS = ("label", "vector", "effect", "checkpoint", "split", "domain", "pattern", "pair_role")
SIZES = {"length": "n_chars", "tools": "n_tools", "steps": "n_steps", "turns": "turns"}
JSON = ("tools", "session", "steps")


@pytest.fixture(scope="module")
def html(run_dir: Path) -> str:
    page = run_dir / "report.html"
    if not page.is_file():
        pytest.fail(f"{page} is not there: run `make report RUN={run_dir}` first", pytrace=False)
    return page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def data(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="guardset-data">(.*?)</script', html, re.DOTALL)
    assert found, "the page holds no data"
    return json.loads(found[1])


@pytest.fixture(scope="module")
def samples(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The samples with what they share put back."""
    shared = data["shared"]
    for sample in data["samples"]:
        for name in ("tools", "steps", "flows"):
            sample[name] = [shared[name][at] if isinstance(at, int) else at for at in sample[name]]
        if isinstance(sample["session"], int):
            sample["session"] = shared["session"][sample["session"]]
    return data["samples"]


@pytest.fixture(scope="module")
def shards(run_dir: Path) -> list[Path]:
    return sorted((run_dir / "data" / "canonical").glob("*.parquet"))


@pytest.fixture(scope="module")
def columns(shards: list[Path]) -> dict[str, list[Any]]:
    """The columns that are counted, whole."""
    names = sorted({"label", "unsafe", "pair_id", "content_hash", "id", "checkpoint", "n_chars", "n_tools", "n_steps", *COUNTED.values(),
                    *CROSSED.values()})
    table = pa.concat_tables([pq.read_table(path, columns=names) for path in shards])
    columns = {name: table[name].to_pylist() for name in names}
    columns["turns"] = [len(turns) for path in shards for turns in pq.read_table(path, columns=["messages"])["messages"].to_pylist()]
    return columns


def figure(data: dict[str, Any], label: str) -> dict[str, Any]:
    return next(figure for figure in data["glance"] if figure["label"] == label)


def chart(data: dict[str, Any], name: str) -> dict[str, Any]:
    return next(chart for chart in data["charts"] if chart["id"] == name)["table"]


def number(text: str) -> int:
    return int(text.replace(",", ""))


def named(values: list[Any]) -> list[str]:
    return ["none" if value is None else value for value in values]


def test_first_figures(data: dict[str, Any], columns: dict[str, list[Any]]) -> None:
    rows = len(columns["label"])
    assert number(figure(data, "Rows")["value"]) == rows == data["about"]["rows"]
    assert figure(data, "Unsafe")["value"] == f"{100 * sum(columns['unsafe']) / rows:.1f} %"
    for label, name in (("Classes", "label"), ("Splits", "split"), ("Checkpoints", "checkpoint"), ("Domains", "domain")):
        assert number(figure(data, label)["value"]) == len(set(columns[name]))
    roles: dict[str, set[str]] = {}
    for pair, role in zip(columns["pair_id"], columns["pair_role"]):
        if pair is not None:
            roles.setdefault(pair, set()).add(role)
    assert number(figure(data, "Pairs")["value"]) == len(roles)
    whole = sum(found >= {"attack", "twin", "lookalike"} for found in roles.values())
    assert number(figure(data, "Pairs")["note"].split()[0]) == whole > 0


@pytest.mark.parametrize("name", CROSSED)
def test_combinations(data: dict[str, Any], columns: dict[str, list[Any]], name: str) -> None:
    wanted = Counter(zip(columns["label"], named(columns[CROSSED[name]])))
    table = chart(data, name)
    found = {(row[0], value): rows for row in table["rows"] for value, rows in zip(table["head"][1:], row[1:])}
    assert {cell: rows for cell, rows in found.items() if rows} == wanted


@pytest.mark.parametrize("name", COUNTED)
def test_columns(data: dict[str, Any], columns: dict[str, list[Any]], name: str) -> None:
    wanted = Counter(zip(named(columns[COUNTED[name]]), columns["unsafe"]))
    if {value for value, _ in wanted} == {"none"}:
        assert all(chart["id"] != name for chart in data["charts"]), "a picture of nothing"
        return
    found = {}
    for value, safe, bad, share in chart(data, name)["rows"]:
        found[value, False], found[value, True] = safe, bad
        assert share == pytest.approx(bad / (safe + bad), abs=1e-4)
    assert {cell: rows for cell, rows in found.items() if rows} == wanted


@pytest.mark.parametrize("name", SIZES)
def test_sizes(data: dict[str, Any], columns: dict[str, list[Any]], name: str) -> None:
    sizes = columns[SIZES[name]]
    rows = chart(data, name)["rows"]
    edges = [int(row[0].rstrip("+")) for row in rows]
    assert edges == sorted(edges) and min(sizes) >= edges[0]
    wanted = [[0, 0] for _ in rows]
    for size, bad in zip(sizes, columns["unsafe"]):
        wanted[max(at for at, edge in enumerate(edges) if edge <= size)][bad] += 1
    assert [row[1:3] for row in rows] == wanted
    for bad, side in ((False, "safe"), (True, "unsafe")):
        of = sorted(size for size, other in zip(sizes, columns["unsafe"]) if other == bad)
        told = data["about"]["sizes"][SIZES[name]][side]
        at = {key: of[(len(of) - 1) * hundredth // 100] for key, hundredth in (("p10", 10), ("median", 50), ("p90", 90))}
        assert told == {"rows": len(of), **at}


def test_facets(data: dict[str, Any], columns: dict[str, list[Any]]) -> None:
    assert data["facets"] == {name: sorted(set(named(columns[name]))) for name in FACETS}


def test_flow(data: dict[str, Any], manifest: dict[str, Any], columns: dict[str, list[Any]], run_dir: Path) -> None:
    links = {(start, end): rows for start, end, rows in chart(data, "flow")["rows"]}
    assert links["candidates", "kept"] == manifest["counts"]["accepted"] == len(columns["id"])
    for split, rows in Counter(columns["split"]).items():
        assert links["kept", split] == rows
    for (stage, reason), rows in Counter(
        zip(*(pq.read_table(run_dir / "rejects.parquet")[name].to_pylist() for name in ("stage", "reason")))
    ).items():
        assert links[f"rejected by {stage}", reason] == rows
    assert number(figure(data, "Keep rate")["note"].split()[2]) == manifest["counts"]["generated"]


def test_probes(data: dict[str, Any], run_dir: Path) -> None:
    if not (run_dir / "probe.json").is_file():
        assert figure(data, "Probes")["state"] == "amber"
        return
    probe = json.loads((run_dir / "probe.json").read_text(encoding="utf-8"))
    table = chart(data, "shortcuts")
    assert table["head"][:2] == ["view", "AUROC"]
    assert [row[0] for row in table["rows"]] == [score["view"] for score in probe["shortcuts"]]
    assert [row[1] for row in table["rows"]] == pytest.approx([score["auroc"] for score in probe["shortcuts"]], abs=1e-4)
    words = chart(data, "tokens")["rows"]
    assert [row[:3] for row in words] == [[token["text"], token["in_unsafe"], token["in_safe"]] for token in probe["tokens"]]
    over = sum(token["is_telltale"] and token["because"] is None for token in probe["tokens"])
    assert number(figure(data, "Tell-tale words")["value"]) == over == sum(row[5] == "over" for row in words)


def test_samples_are_rows_and_pairs_are_whole(samples: list[dict[str, Any]], columns: dict[str, list[Any]], shards: list[Path]) -> None:
    wanted = {sample["id"]: sample for sample in samples}
    assert len(wanted) == len(samples) > 50
    roles, shown = {}, {}
    for pair, role in zip(columns["pair_id"], columns["pair_role"]):
        roles.setdefault(pair, set()).add(role)
    for sample in samples:
        shown.setdefault(sample["pair_id"], set()).add(sample["pair_role"])
    assert {pair: roles[pair] for pair in shown} == shown, "a pair is not whole"
    seen = 0
    for path in shards:
        table = pq.read_table(path)
        keep = pa.array([value in wanted for value in table["id"].to_pylist()])
        for row in table.filter(keep).to_pylist():
            sample = wanted[row["id"]]
            seen += 1
            for name, value in row.items():
                if name in sample and "cut" not in sample:
                    value = json.loads(value) if name in JSON and isinstance(value, (str, bytes)) else value
                    assert sample[name] == value, f"{row['id']}: {name}"
    assert seen == len(samples)


class Tables(HTMLParser):
    """The tables of the page as they can be read without a script: caption to rows of texts."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.rows: list[list[str]] = []
        self.caption = self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "table":
            self.rows = []
        elif tag == "tr":
            self.rows.append([])
        if tag in ("caption", "th", "td"):
            self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "caption":
            self.caption = self.text
        elif tag in ("th", "td"):
            self.rows[-1].append(self.text)
        elif tag == "table":
            self.tables[self.caption] = self.rows


def test_the_tables_that_are_read_are_the_data(html: str, data: dict[str, Any]) -> None:
    parser = Tables()
    parser.feed(html[: html.index('<script type="application/json"')])
    for chart in data["charts"]:
        rows = parser.tables[chart["title"]]
        assert len(rows) == 1 + len(chart["table"]["rows"]), chart["title"]
        for told, row in zip(rows[1:], chart["table"]["rows"]):
            for text, cell in zip(told, row):
                if isinstance(cell, (int, float)):
                    assert float(text.replace(",", "")) == pytest.approx(cell), chart["title"]
