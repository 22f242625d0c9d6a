"""A configuration of servers that nobody here wrote becomes a data set in one command."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from conftest import PROGRAM, ROOT

FEWEST = 5000


def run(*words: str) -> str:
    done = subprocess.run([PROGRAM, "--root", str(ROOT), *words], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def fleet(npm: Path, python_programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fleet")
    repository = folder / "repository"
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True)
    servers = {
        "filesystem": {"command": str(npm / "mcp-server-filesystem"), "args": [str(folder)]},
        "memory": {"command": str(npm / "mcp-server-memory"), "env": {"MEMORY_FILE_PATH": str(folder / "memory.json")}},
        "git": {"command": str(python_programs / "mcp-server-git"), "args": ["--repository", str(repository)]},
        "time": {"command": str(python_programs / "mcp-server-time")},
        "gone": {"command": "no-such-program-anywhere"},
    }
    config = folder / "mcp.json"
    config.write_text(json.dumps({"mcpServers": servers}))
    seeds = folder / "seeds"
    run("import", "config", str(config), "--yes", "--output", str(seeds), "--name", "fleet")
    run("--recipe", "fleet.toml", "--seeds", str(seeds), "check")
    run("--recipe", "fleet.toml", "--seeds", str(seeds), "generate", "--output", str(folder / "data"))
    return folder


def test_a_server_that_fails_stops_no_other(fleet: Path) -> None:
    assert {path.stem for path in (fleet / "seeds" / "fleet" / "servers").iterdir()} == {"filesystem", "memory", "git", "time"}


def test_every_class_that_the_tools_allow_is_there(fleet: Path) -> None:
    counts = json.loads((fleet / "data" / "manifest.json").read_text())["counts"]
    assert counts["accepted"] >= FEWEST
    # No tool of these administers, and none can stand in for another with more rights.
    assert len(counts["classes"]) == 16, counts["classes"]


def test_the_probes_pass(fleet: Path) -> None:
    run("--recipe", "fleet.toml", "probe", str(fleet / "data"))
