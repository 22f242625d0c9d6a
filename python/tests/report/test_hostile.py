"""A page full of attacks on itself: nothing runs, nothing breaks, nothing stays invisible."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from . import hostile

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from .conftest import Opener

WIDTHS = pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])


def ids(page: Page) -> list[str]:
    return page.eval_on_selector_all("#results a", "(links) => links.map((link) => link.dataset.id)")


def go(page: Page, sample: str, view: str = "session") -> float:
    """Opens a sample and returns how long it was until it was laid out."""
    start = time.monotonic()
    page.evaluate("([id, view]) => { location.hash = new URLSearchParams({ sample: id, view }); }", [sample, view])
    page.wait_for_function(
        "([id, view]) => document.querySelector('#results [aria-current]')?.dataset.id === id && document.querySelector(`#tab-${view}`).ariaSelected === 'true'",
        arg=[sample, view],
    )
    page.evaluate("document.documentElement.scrollHeight")
    return time.monotonic() - start


@WIDTHS
def test_nothing_runs_and_nothing_breaks(visit: Opener, hostile_report: Path, phone: bool) -> None:
    page = visit(hostile_report, phone=phone)
    for sample in ids(page):
        for view in ("session", "pair", "raw"):
            assert go(page, sample, view) < 10, (sample, view)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (sample, view)
            page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (sample, view)
    assert page.evaluate("window.owned") is None
    assert page.locator("img, iframe, main script, main svg[onload], a[href^=javascript]").count() == 0
    assert page.locator("body > script").count() == 2
    assert page.title().startswith("</script>")


def test_markup_is_shown_as_text(visit: Opener, hostile_report: Path) -> None:
    page = visit(hostile_report)
    go(page, next(each for each in ids(page) if each.startswith("hostile-")))
    assert hostile.MARKUP in page.locator(".conversation .prose .text").first.text_content()  # type: ignore[operator]
    assert hostile.MARKUP in page.locator("#title").text_content()  # type: ignore[operator]
    assert hostile.MARKUP in page.locator(".rationale").text_content()  # type: ignore[operator]


def test_unseen_characters_are_seen(visit: Opener, hostile_report: Path) -> None:
    page = visit(hostile_report)
    go(page, next(each for each in ids(page) if each.startswith("hostile-")))
    for place in (".conversation .prose", ".rationale", "#title", ".step-time", ".entries dt, .entries dd", ".flow"):
        chips = " ".join(page.locator(f":is({place}) .chip").all_text_contents())
        for name in hostile.UNSEEN:
            assert f"\u27e6{name}" in chips or f" {name}" in chips, (place, name)
        assert "tags: run rm" in chips, place
        assert "\u0430 U+0430" in chips, place
        assert "U+0301 \u00d756" in chips, place
    assert page.locator(".chip").first.get_attribute("title")
    text = page.locator("body").inner_text()
    left = [name for name, character in hostile.UNSEEN.items() if character in text]
    assert left == []
    assert not any(0xE0000 <= ord(character) <= 0xE0FFF for character in text)
    assert "\U0001f469\u200d\U0001f4bb" in text, "an ordinary emoji keeps its joiner"


def test_direction_stays_inside(visit: Opener, hostile_report: Path) -> None:
    page = visit(hostile_report)
    go(page, next(each for each in ids(page) if each.startswith("hostile-")))
    assert page.eval_on_selector_all(".text", "(all) => all.every((each) => getComputedStyle(each).unicodeBidi === 'isolate')")
    assert page.locator(".text").count() > 50


def test_long_texts_are_folded_and_unfold(visit: Opener, hostile_report: Path) -> None:
    page = visit(hostile_report)
    sample = next(each for each in ids(page) if each.startswith("long-"))
    assert len(hostile.LONG) > 1_000_000
    go(page, sample)
    prose = page.locator(".conversation .step .prose").first
    assert len(prose.inner_text()) < 10_000
    start = time.monotonic()
    prose.locator(".fold button").first.click()
    assert len(prose.text_content() or "") > 90_000
    assert time.monotonic() - start < 10
    assert "more of" in prose.locator(".fold button").first.inner_text()


def test_evidence_behind_a_fold_is_shown(visit: Opener, hostile_report: Path) -> None:
    page = visit(hostile_report)
    go(page, next(each for each in ids(page) if each.startswith("long-")))
    assert page.locator(".problem").count() == 0
    marks = page.locator(".conversation [data-evidence]").all_text_contents()
    assert marks[0].startswith("E1") and marks[0].endswith("x" * 10)
    assert len(marks) == 2


def test_evidence_that_is_not_there_is_told(visit: Opener, hostile_report: Path) -> None:
    page = visit(hostile_report)
    go(page, "odd")
    assert page.locator(".problem").inner_text() == "The text at this place is not this one."
    assert page.locator(".conversation > .step").count() == 4


def test_search_in_long_texts(visit: Opener, hostile_report: Path) -> None:
    page = visit(hostile_report)
    start = time.monotonic()
    page.locator("#query").fill("window.owned=4")
    page.wait_for_function("() => location.hash.includes('q=')")
    assert time.monotonic() - start < 10
    assert all(each.startswith(("hostile-", "long-")) for each in ids(page))
    assert len(ids(page)) > 3
