"""Where the tests find the run and the shared files."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import guardset
import pyarrow as pa
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def run_dir() -> Path:
    """The folder of the run under test."""
    run = os.environ.get("GUARDSET_RUN")
    if not run:
        pytest.fail("GUARDSET_RUN is not set: run `make smoke`, then set it to the run's folder", pytrace=False)
    folder = Path(run).resolve()
    if not (folder / "manifest.json").is_file():
        pytest.fail(f"{folder} holds no finished run (no manifest.json): run `make smoke` first", pytrace=False)
    return folder


@pytest.fixture(scope="session")
def table(run_dir: Path) -> pa.Table:
    return guardset.load(run_dir)


@pytest.fixture(scope="session")
def rows(run_dir: Path) -> list[dict[str, Any]]:
    return list(guardset.rows(run_dir))


@pytest.fixture(scope="session")
def manifest(run_dir: Path) -> dict[str, Any]:
    return json.loads((run_dir / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def taxonomy() -> dict[str, Any]:
    return tomllib.loads((ROOT / "taxonomy.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def dictionary() -> dict[str, str]:
    """Column and type, as the data dictionary lists them."""
    columns: dict[str, str] = {}
    inside = False
    for line in (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8").splitlines():
        inside = line.startswith("|") and (inside or line.startswith("| column |"))
        if inside and line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            columns[cells[0].strip(" `")] = cells[1]
    return columns


@pytest.fixture(scope="session")
def tool_schema() -> dict[str, Any]:
    """The JSON Schema of an MCP tool."""
    shared = Path(os.environ.get("GUARDSET_SHARED") or ROOT.parent / "shared")
    places = [shared / name for name in ("mcp-schema-2025-06-18.json", "data/mcp-schema-2025-06-18.json")]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        pytest.fail(
            "the MCP schema is missing: set GUARDSET_SHARED to the folder that holds mcp-schema-2025-06-18.json "
            f"(looked for {places[0]} and {places[1]})",
            pytrace=False,
        )
    schema = json.loads(found.read_text(encoding="utf-8"))
    key = "$defs" if "$defs" in schema else "definitions"
    return {**schema, "$ref": f"#/{key}/Tool"}
