"""Where the servers are, and the program that lists them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROGRAM = os.environ.get("GUARDSET", str(ROOT / "target" / "release" / "guardset"))


def guardset(*words: str) -> dict[str, Any]:
    """The listing that guardset makes."""
    command = [PROGRAM, "import", "server", "--yes", "--json", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def npm() -> Path:
    """Folder of the programs of the npm packages, installed once beside the environment of these tests."""
    folder = ROOT / ".venv-import" / "npm"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (HERE / "package.json").read_text()
    installed = folder / "package.json"
    programs = folder / "node_modules" / ".bin"
    if not programs.is_dir() or not installed.is_file() or installed.read_text() != wanted:
        shutil.rmtree(folder / "node_modules", ignore_errors=True)
        installed.unlink(missing_ok=True)
        shutil.copy(HERE / "package.json", installed)
        subprocess.run(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund"], cwd=folder, check=True, timeout=600)
    return programs


@pytest.fixture(scope="session")
def python_programs() -> Path:
    """Folder of the programs of the Python packages."""
    return Path(sys.executable).parent
