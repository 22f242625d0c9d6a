"""The page that `guardset report` wrote for the run under test, opened as a reviewer opens it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .test_accessible import serious

if TYPE_CHECKING:
    from .conftest import Opener

WIDTHS = pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])


@pytest.fixture(scope="session")
def written(run_dir: Path) -> Path:
    path = run_dir / "report.html"
    if not path.is_file():
        pytest.fail(f"{path} is missing: run `make report RUN={run_dir}` first", pytrace=False)
    return path


def test_size(written: Path) -> None:
    assert written.stat().st_size < 5_000_000


@WIDTHS
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opens(visit: Opener, written: Path, phone: bool, scheme: str) -> None:
    page = visit(written, phone=phone, color_scheme=scheme)
    for part in ("#glance .card", "#charts svg", "#results a", ".conversation .step"):
        assert page.locator(part).first.is_visible(), part
    charts = page.locator("#charts figure")
    assert charts.count() > 5
    assert page.locator("#charts svg[role=img]").count() == page.locator("#charts svg").count()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert serious(page) == []


def test_evidence_of_every_sample(visit: Opener, written: Path) -> None:
    """Only a sample whose texts were cut for the report may lack the place of its evidence."""
    page = visit(written)
    ids = page.eval_on_selector_all("#results a", "(links) => links.map((link) => link.dataset.id)")
    cut = set(page.evaluate("() => JSON.parse(document.querySelector('#guardset-data').textContent).samples.filter((each) => each.cut).map((each) => each.id)"))
    assert len(ids) > 100
    for sample in ids:
        page.evaluate("(id) => { location.hash = `sample=${id}`; }", sample)
        page.wait_for_function("(id) => document.querySelector('#results [aria-current]')?.dataset.id === id", arg=sample)
        missing, listed = page.evaluate(
            """() => {
                const listed = document.querySelectorAll(".evidence-list > li").length;
                const marked = new Set([...document.querySelectorAll("[data-evidence]")].flatMap((mark) => mark.dataset.evidence.split(" ")));
                return [listed - marked.size, listed];
            }"""
        )
        assert missing == 0 or sample in cut or listed == 0, sample


def test_pictures_follow_the_theme(visit: Opener, written: Path) -> None:
    page = visit(written, color_scheme="light")
    colour = "getComputedStyle(document.querySelector('#charts svg text')).fill"
    light = page.evaluate(colour)
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(colour) != light
