"""Opens pages in a real browser, and fails a test whose page complained, asked the network or opened a dialog."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import guardset
import pytest

from . import hostile
from .page import Row, chart, data_of, page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

# The tests of the readers run in environments that have no browser; `make test-report` runs these in one that has.
collect_ignore_glob = [] if find_spec("playwright") else ["test_*.py"]

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

Opener = Callable[..., "Page"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("GUARDSET_CHROMIUM")
    if not chromium:
        pytest.fail("GUARDSET_CHROMIUM names no browser; `make test-report` finds one", pytrace=False)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def samples(run_dir: Path) -> list[Row]:
    """About 90 rows in whole pairs, some of each role, every checkpoint and a pair of all three roles first."""
    pairs: dict[str, list[Row]] = {}
    for row in guardset.rows(run_dir):
        pairs.setdefault(row["pair_id"] or row["id"], []).append(row)
    by_roles = sorted(pairs.values(), key=lambda pair: (-len({row["pair_role"] for row in pair}), pair[0]["id"]))
    chosen: list[Row] = []
    for pair in by_roles[:18] + by_roles[-12:]:
        chosen += sorted(pair, key=lambda row: (row["pair_role"] or "", row["id"]))
    return chosen


@pytest.fixture(scope="session")
def report(samples: list[Row], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of ordinary samples."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    compare = {
        "against": "r4",
        "tables": [{"title": "Rows by split", "note": "", "head": ["Split", "Before", "Now"], "rows": [["train", 10, 12]]}],
        "gained": [samples[0]],
        "lost": [],
        "gained_total": 7,
        "lost_total": 0,
    }
    path.write_text(page(data_of(samples, compare=compare), chart()), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def hostile_report(samples: list[Row], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page where every text is an attack on the page."""
    path = tmp_path_factory.mktemp("hostile") / "report.html"
    path.write_text(page(hostile.data(samples), chart(hostile.MARKUP)), encoding="utf-8")
    return path


@pytest.fixture
def visit(browser: Browser) -> Iterator[Opener]:
    """Opens a page; at the end, nothing may have gone wrong in it."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opener(path: Path, fragment: str = "", phone: bool = False, **options: object) -> Page:
        context = browser.new_context(viewport=PHONE if phone else DESKTOP, has_touch=phone, **options)  # type: ignore[arg-type]
        contexts.append(context)
        tab = context.new_page()
        url = path.as_uri()
        tab.on("console", lambda message: complaints.append(f"console {message.type}: {message.text[:300]}"))
        tab.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        tab.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        tab.on("request", lambda request: None if request.url.split("#")[0] == url else complaints.append(f"request: {request.url[:200]}"))
        tab.goto(url + fragment)
        return tab

    yield opener
    for context in contexts:
        context.close()
    assert complaints == []
