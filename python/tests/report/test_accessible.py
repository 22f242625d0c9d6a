"""axe finds nothing serious, in either theme, at either width, in any view."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from .conftest import Opener


def serious(page: Page) -> list[Any]:
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    found = Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["target"], each["nodes"][0]["failureSummary"]) for each in found if each["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe(visit: Opener, report: Path, scheme: str, phone: bool) -> None:
    page = visit(report, phone=phone, color_scheme=scheme)
    for view in ("session", "pair", "raw"):
        page.locator(f"#tab-{view}").click()
        assert serious(page) == [], view


def test_axe_on_hostile_content(visit: Opener, hostile_report: Path) -> None:
    """In the views with fewest chips: axe needs minutes for ten thousand elements."""
    page = visit(hostile_report, "#sample=odd")
    assert serious(page) == []
    page.locator("#results a").first.click()
    page.locator("#tab-raw").click()
    assert serious(page) == []
