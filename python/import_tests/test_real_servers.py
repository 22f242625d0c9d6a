"""What guardset lists of servers that nobody here wrote is what the official client gets, tool by tool."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import guardset
from official import over_http, over_stdio


def assert_same(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Compares every entry whole, so that a failure names the first that differs."""
    assert theirs["tools"], "a server without tools compares nothing"
    assert ours["refused"] == []
    for field in ("tools", "prompts", "resources", "resource_templates"):
        assert [entry["name"] for entry in ours[field]] == [entry["name"] for entry in theirs[field]], field
        for mine, other in zip(ours[field], theirs[field], strict=True):
            assert mine == other, f"{field}: {mine['name']}"
    for field in ("server", "protocol", "instructions"):
        assert ours[field] == theirs[field], field


@pytest.mark.parametrize("server", ["everything", "filesystem", "memory", "sequential-thinking"])
def test_npm_servers_are_listed_as_the_official_client_lists_them(server: str, npm: Path, tmp_path: Path) -> None:
    arguments = [str(tmp_path)] if server == "filesystem" else []
    command = [str(npm / f"mcp-server-{server}"), *arguments]
    assert_same(guardset("--", *command), over_stdio(command))


@pytest.mark.parametrize("server", ["time", "git", "fetch"])
def test_python_servers_are_listed_as_the_official_client_lists_them(server: str, python_programs: Path, tmp_path: Path) -> None:
    arguments = []
    if server == "git":
        subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
        arguments = ["--repository", str(tmp_path)]
    command = [str(python_programs / f"mcp-server-{server}"), *arguments]
    assert_same(guardset("--", *command), over_stdio(command))


@pytest.fixture
def address(npm: Path) -> Iterator[str]:
    """The server `everything` over HTTP, at a port that is free."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"PORT": str(port)}
    server = subprocess.Popen([npm / "mcp-server-everything", "streamableHttp"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        server.terminate()
        server.wait(timeout=30)


def test_a_server_at_an_address_is_listed_as_the_official_client_lists_it(address: str) -> None:
    ours = guardset("--url", address)
    assert_same(ours, over_http(address))
    assert ours["source"] == address


def test_no_process_of_a_server_is_left(npm: Path) -> None:
    mark = f"import-test-{os.getpid()}"
    # The variable is not passed on by guardset itself, so the server is started through `env`.
    guardset("--", "env", f"MARK={mark}", str(npm / "mcp-server-memory"))
    left = []
    for process in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"MARK={mark}".encode() in process.read_bytes().split(b"\0"):
                left.append(process)
        except OSError:
            continue
    assert left == []
