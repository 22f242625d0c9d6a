"""Rewording against llama.cpp's own server: what is written here meets a server that nobody here wrote.

The model has random weights, so it writes nonsense in the form that is asked for. That is enough to see the two sides understand each
other, and that nonsense does not get in.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target" / "release" / "guardset"
KEY = "sk-fake-only-for-this-test-000"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a server that wants a key."""
    server = subprocess.Popen([sys.executable, ROOT / "scripts" / "real-server", "--api-key", KEY], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    line = server.stdout.readline().strip()
    assert line.startswith("http://127.0.0.1:"), "the server did not start"
    yield line
    server.terminate()
    server.wait(timeout=30)


def recipe(folder: Path, **paraphrase: Any) -> Path:
    """The repository's recipe with a small part of the rewording, written as TOML."""
    whole = tomllib.loads((ROOT / "guardset.toml").read_text())
    section = whole["paraphrase"]
    section |= {"cache": str(folder / "replies.redb"), "model": "tiny", "attempts": 2, "texts_per_request": 2, "variants": 1} | paraphrase
    section["sampling"] |= {"json": "schema", "max_tokens": 40}
    section["limits"] |= {"requests": 30}
    section["pace"] |= {"concurrency": 4, "tries": 3}
    path = folder / "recipe.toml"
    path.write_text(toml(whole))
    return path


def toml(table: dict[str, Any], name: str = "") -> str:
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    text = (f"[{name}]\n" if name else "") + "".join(f"{key} = {json.dumps(value)}\n" for key, value in plain.items())
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    return text + "".join(toml(value, f"{name}.{key}" if name else key) for key, value in inner.items())


def generate(recipe: Path, output: Path, *more: str, key: str | None = KEY) -> subprocess.CompletedProcess[str]:
    command = [PROGRAM, "--root", ROOT, "--recipe", recipe, "generate", "--total", "200", "--output", output, "--paraphrase", *more]
    environment = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    if key:
        environment["OPENAI_API_KEY"] = key
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def files(folder: Path) -> dict[str, bytes]:
    """The files of a run. How fast it was stands in a hidden one, and differs."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_replies_are_asked_for_kept_and_replayed(url: str, tmp_path: Path) -> None:
    own = recipe(tmp_path)
    run = generate(own, tmp_path / "run", "--base-url", url)
    assert run.returncode == 0, run.stderr
    assert "30 requests were sent, which is the limit" in run.stderr

    paraphrase = json.loads((tmp_path / "run" / "manifest.json").read_text())["paraphrase"]
    sent, received = paraphrase["tokens"]
    assert sent > 30 * 100 and received > 30, "the server counts tokens"
    lines = [json.loads(line) for line in (tmp_path / "run" / "paraphrases.jsonl").read_text().splitlines()]
    reasons = {reason for line in lines for reason, _ in line["rejected"]}
    assert reasons, "nonsense is rejected"
    assert reasons.isdisjoint({"not_json", "missing_text", "extra_member", "declined"}), f"the form is what the schema asks for: {reasons}"
    for line in lines:
        if line["end"] == "used":
            assert line["shown"].count("[[") == line["text"].count("{{"), "what got in kept its values"

    stats = subprocess.run([PROGRAM, "cache", "stats", "--file", tmp_path / "replies.redb"], capture_output=True, text=True, check=True)
    assert "tiny" in stats.stdout and "whole" in stats.stdout

    replay = generate(own, tmp_path / "replay", "--provider", "replay", key=None)
    assert replay.returncode == 0, replay.stderr
    assert files(tmp_path / "run") == files(tmp_path / "replay")


def test_a_wrong_key_ends_it(url: str, tmp_path: Path) -> None:
    for key in ("sk-fake-another-one-000000", None):
        run = generate(recipe(tmp_path), tmp_path / "run", "--base-url", url, key=key)
        assert run.returncode == 2
        assert "OPENAI_API_KEY" in run.stderr
        assert KEY not in run.stderr and "another-one" not in run.stderr
        assert not (tmp_path / "run").exists()


def test_a_path_that_is_not_there_ends_it(url: str, tmp_path: Path) -> None:
    run = generate(recipe(tmp_path), tmp_path / "run", "--base-url", url + "/nowhere")
    assert run.returncode == 2
    assert "base_url" in run.stderr
