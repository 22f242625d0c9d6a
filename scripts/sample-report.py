"""Makes docs/sample-report from the run in output/default: a small report and the pictures that the README shows.

Run by `make sample-report`, after `make dataset`, which names the browser in GUARDSET_CHROMIUM.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "sample-report"
SAMPLES = 20
DESKTOP = (1280, 800)
PHONE = (390, 844)


def main(report: str, run: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    page = FOLDER / "report.html"
    subprocess.run([report, run, "--samples", str(SAMPLES), "--output", str(page)], check=True)
    chromium = os.environ["GUARDSET_CHROMIUM"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        take(browser, page, "glance", DESKTOP, "light", lambda _: None)
        take(browser, page, "sample", DESKTOP, "light", lambda shown: to(shown, "#samples"))
        take(browser, page, "pair", DESKTOP, "dark", pair)
        take(browser, page, "phone", PHONE, "light", lambda shown: to(shown, ".conversation"))
        browser.close()


def take(browser: Browser, file: Path, name: str, size: tuple[int, int], scheme: str, prepare: Callable[[Page], None]) -> None:
    shown = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    shown.goto(file.as_uri())
    prepare(shown)
    shown.wait_for_timeout(500)
    shown.screenshot(path=FOLDER / f"{name}.png")
    shown.close()


def to(shown: Page, selector: str) -> None:
    part = shown.locator(selector).first
    # What comes into sight is laid out only then, and moves what follows: go there until it stays.
    for _ in range(5):
        part.evaluate("part => scrollTo({top: scrollY + part.getBoundingClientRect().top - 70, behavior: 'instant'})")
        shown.wait_for_timeout(200)


def pair(shown: Page) -> None:
    shown.get_by_role("tab", name="Pair").click()
    to(shown, "#samples")


if __name__ == "__main__":
    main(*sys.argv[1:])
