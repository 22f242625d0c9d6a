"""What a reviewer does with the report, at desktop and at phone width."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import guardset
import pytest

from .page import FACETS, Row

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from .conftest import Opener

WIDTHS = pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
# Text as it is, read from a mark without the tag in front.
MARKED = """(index) => [...document.querySelectorAll(`[data-evidence~="${index}"]`)].map((mark) => {
    const copy = mark.cloneNode(true);
    copy.querySelectorAll(".evidence-tag").forEach((tag) => tag.remove());
    return copy.textContent;
}).join("")"""


def counted(page: Page) -> int:
    return int(re.match(r"[\d,]+", page.locator("#count").inner_text())[0].replace(",", ""))  # type: ignore[index]


def listed(page: Page) -> list[str]:
    return page.eval_on_selector_all("#results a", "(links) => links.map((link) => link.dataset.id)")


def current(page: Page) -> str:
    return page.locator("#results a[aria-current]").get_attribute("data-id") or ""


def show_filters(page: Page) -> None:
    if not page.locator("#facets").evaluate("(box) => box.open"):
        page.locator("#facets > summary").click()


def ordinary(text: str) -> bool:
    return not re.search(r"[^\n -~]| {60}|\n{8}", text)  # what the page shows as it is


@WIDTHS
def test_fits_the_width(visit: Opener, report: Path, phone: bool) -> None:
    page = visit(report, phone=phone)
    for view in ("session", "pair", "raw"):
        page.locator(f"#tab-{view}").click()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, view
    outside = page.evaluate(
        """() => [...document.querySelectorAll("main *")].filter((each) => !each.closest(".scroll, .unseen, summary, select")
            && each.getBoundingClientRect().width > 0 && each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.className)"""
    )
    assert outside == []


def test_story_without_script(visit: Opener, report: Path) -> None:
    page = visit(report, java_script_enabled=False)
    assert page.locator("#charts svg").is_visible()
    assert page.locator("noscript").count() == 1
    assert page.locator("#browser").is_hidden()


def test_glance_says_states_in_words(visit: Opener, report: Path) -> None:
    page = visit(report)
    cards = {card.locator("h3").inner_text().lower(): card.inner_text() for card in page.locator("#glance .card").all()}
    assert "Good" in cards["length probe"]
    assert "Check" in cards["near duplicates"]
    assert "Problem" in cards["tell-tale tokens"]
    assert not re.search("Good|Check|Problem", cards["rows"])


@WIDTHS
@pytest.mark.parametrize("facet", FACETS)
def test_filter(visit: Opener, report: Path, samples: list[Row], facet: str, phone: bool) -> None:
    page = visit(report, phone=phone)
    show_filters(page)
    values = [str(row[facet] or "none") for row in samples]
    value = max(set(values), key=lambda each: (values.count(each) < len(values), values.count(each), each))
    page.locator(f"#facet-{facet}").select_option(value)
    wanted = [row["id"] for row in samples if str(row[facet] or "none") == value]
    assert listed(page) == wanted
    assert counted(page) == len(wanted)
    assert current(page) in wanted
    page.locator("#reset").click()
    assert counted(page) == len(samples)


def test_filters_narrow_each_other(visit: Opener, report: Path, samples: list[Row]) -> None:
    page = visit(report)
    page.locator("#facet-checkpoint").select_option("session")
    page.locator("#facet-label").select_option("appropriate")
    wanted = [row["id"] for row in samples if row["checkpoint"] == "session" and row["label"] == "appropriate"]
    assert listed(page) == wanted
    options = page.locator("#facet-pair_role option").all_inner_texts()
    shown = sum(int(option.rsplit("(", 1)[1].rstrip(")")) for option in options[1:])
    assert shown == len(wanted)


def test_search(visit: Opener, report: Path, samples: list[Row]) -> None:
    page = visit(report)
    row = samples[5]
    for query in (row["id"], row["rationale"].upper(), row["body"][200:230].strip()):
        page.locator("#query").fill(query)
        terms = query.lower().split()
        page.wait_for_function("(query) => location.hash.includes('q=') && document.querySelector('#query').value === query", arg=query)
        page.wait_for_timeout(300)
        assert row["id"] in listed(page)
        assert counted(page) < len(samples)
        assert all(all(term in json.dumps(row_of(samples, each), ensure_ascii=False).lower().replace("\\n", "\n").replace('\\"', '"') for term in terms) for each in listed(page))
    page.locator("#query").fill("no such words as zxqv")
    page.wait_for_function("() => document.querySelector('#count').textContent.startsWith('0 ')")
    assert page.locator("#results").is_hidden()
    assert page.locator("#sample-title").is_visible()


def row_of(samples: list[Row], wanted: str) -> Row:
    return next(row for row in samples if row["id"] == wanted)


@WIDTHS
def test_deep_link(visit: Opener, report: Path, samples: list[Row], phone: bool) -> None:
    row = samples[7]
    page = visit(report, f"#sample={row['id']}&view=raw&checkpoint={row['checkpoint']}", phone=phone)
    assert current(page) == row["id"]
    inside = """() => { const [item, box] = [document.querySelector("#results [aria-current]"), document.querySelector("#results")].map((each) => each.getBoundingClientRect());
        return item.top >= box.top - 1 && item.bottom <= box.bottom + 1; }"""
    assert page.evaluate(inside)
    assert page.locator("#tab-raw").get_attribute("aria-selected") == "true"
    assert counted(page) == sum(each["checkpoint"] == row["checkpoint"] for each in samples)
    if ordinary(row["body"]) and len(row["body"]) < 5000:
        assert page.locator(".raw .text").text_content() == row["body"]
    page.evaluate("(id) => { location.hash = `sample=${id}`; }", samples[2]["id"])
    page.wait_for_function("(id) => document.querySelector('#results [aria-current]')?.dataset.id === id", arg=samples[2]["id"])
    assert counted(page) == len(samples)
    assert page.locator("#tab-session").get_attribute("aria-selected") == "true"


def test_address_follows_and_back_returns(visit: Opener, report: Path) -> None:
    page = visit(report)
    ids = listed(page)
    page.locator("#results a").nth(3).click()
    page.locator("#results a").nth(4).click()
    assert f"sample={ids[4]}" in page.url
    page.go_back()
    page.wait_for_function("(id) => document.querySelector('#results [aria-current]')?.dataset.id === id", arg=ids[3])


def test_keys(visit: Opener, report: Path) -> None:
    page = visit(report)
    ids = listed(page)
    page.locator("#results a").first.click()
    for key, place in (("j", 1), ("j", 2), ("k", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("End", len(ids) - 1), ("j", len(ids) - 1), ("Home", 0), ("k", 0)):
        page.keyboard.press(key)
        assert current(page) == ids[place], key
        page.wait_for_function("() => { const at = document.activeElement.getBoundingClientRect(); return at.top >= -1 && at.bottom <= innerHeight + 1; }", timeout=5000)
        assert page.evaluate("document.activeElement.dataset.id") == ids[place], key
    assert page.locator("#results a[tabindex='0']").count() == 1
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "query"
    page.keyboard.type("jk")
    assert page.locator("#query").input_value() == "jk"


def test_keys_can_be_turned_off(visit: Opener, report: Path) -> None:
    page = visit(report)
    before = current(page)
    page.locator("#shortcuts").uncheck()
    page.keyboard.press("j")
    assert current(page) == before


def test_whole_page_by_tabulator(visit: Opener, report: Path) -> None:
    page = visit(report)
    stops: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.id || document.activeElement.dataset.id || document.activeElement.textContent.trim()"))
        if stops[-1] == "tab-session":
            break
    assert stops[0] == "Skip to the content"
    for wanted in ("query", "facet-label", current(page), "shortcuts", "Next", "tab-session"):
        assert wanted in stops
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-pair"
    assert page.locator("#tab-pair").get_attribute("aria-selected") == "true"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_evidence_is_marked_to_the_character(visit: Opener, report: Path, samples: list[Row]) -> None:
    page = visit(report)
    checked = 0
    for row in samples:
        page.evaluate("(id) => { location.hash = `sample=${id}`; }", row["id"])
        page.wait_for_function("(id) => document.querySelector('#results [aria-current]')?.dataset.id === id", arg=row["id"])
        assert page.locator(".problem").count() == 0
        for index, piece in enumerate(row["evidence"]):
            resolved = guardset.resolve(row, piece["pointer"])
            assert resolved[piece["start"] : piece["end"]] == piece["text"]
            shown = page.evaluate(MARKED, index)
            if ordinary(piece["text"]):
                assert shown == piece["text"], (row["id"], piece["pointer"])
                checked += 1
            else:
                assert shown
        numbers = page.eval_on_selector_all(".step.violating .step-number", "(all) => all.map((each) => Number(each.textContent))")
        assert numbers == sorted(row["violating_steps"])
        assert page.locator(".step.violating .violation").count() == len(row["violating_steps"])
        assert page.locator(".conversation > .step").count() == len(row["steps"])
        assert page.locator(".conversation .flow").count() == len(row["flows"])
    assert checked > 20


def test_jump_opens_what_hides_the_evidence(visit: Opener, report: Path, samples: list[Row]) -> None:
    row = next(row for row in samples if any(piece["pointer"].startswith(("/session", "/tools")) for piece in row["evidence"]))
    index = next(n for n, piece in enumerate(row["evidence"]) if piece["pointer"].startswith(("/session", "/tools")))
    page = visit(report, f"#sample={row['id']}")
    page.evaluate("document.querySelectorAll('#sample details').forEach((box) => { box.open = false; })")
    mark = page.locator(f'[data-evidence~="{index}"]').first
    assert not mark.is_visible()
    page.locator(".jump").nth(index).click()
    assert mark.is_visible()
    assert page.evaluate("document.activeElement.classList.contains('evidence')")


@WIDTHS
def test_pair_view(visit: Opener, report: Path, samples: list[Row], phone: bool) -> None:
    pair = [row for row in samples if row["pair_id"] == samples[0]["pair_id"]]
    assert {row["pair_role"] for row in pair} == {"attack", "twin", "lookalike"}
    attack = next(row for row in pair if row["pair_role"] == "attack")
    page = visit(report, f"#sample={attack['id']}&view=pair", phone=phone)
    boxes = [head.bounding_box() for head in page.locator(".pair-head").all()]
    assert len(boxes) == 3
    if phone:
        assert len({box["x"] for box in boxes}) == 1  # type: ignore[index]
    else:
        assert len({box["y"] for box in boxes}) == 1  # type: ignore[index]
    assert page.locator(".pair-cell ins, .pair-cell del").count() > 0
    page.get_by_role("link", name="Open the twin").click()
    twin = page.url.split("sample=")[1].split("&")[0]
    assert next(row for row in pair if row["id"] == twin)["pair_role"] == "twin"


def test_difference_gives_both_texts_back(visit: Opener, report: Path, samples: list[Row]) -> None:
    """Without what is only here, a cell is the twin's; without what is only there, it is its own."""
    page = visit(report)
    compared = 0
    for attack in (row for row in samples if row["pair_role"] == "attack"):
        page.evaluate("(id) => { location.hash = `sample=${id}&view=pair`; }", attack["id"])
        page.wait_for_function("(id) => document.querySelector('#results [aria-current]')?.dataset.id === id", arg=attack["id"])
        rows = page.evaluate(
            """() => {
                const columns = document.querySelectorAll(".pair-head").length;
                const base = [...document.querySelectorAll(".pair-head")].findIndex((head) => head.textContent.includes("(compared with)"));
                const cells = [...document.querySelectorAll(".pair-cell")];
                const without = (cell, tag) => { const copy = cell.querySelector(".prose").cloneNode(true);
                    copy.querySelectorAll(tag).forEach((each) => each.remove()); return copy.textContent; };
                const pairs = [];
                for (let n = 0; n < cells.length; n += columns) {
                    const twin = cells[n + base];
                    for (const cell of cells.slice(n, n + columns)) {
                        if (cell !== twin && cell.querySelector("del, ins") && twin.querySelector(".prose"))
                            pairs.push([without(cell, "ins"), twin.querySelector(".prose").textContent]);
                    }
                }
                return pairs;
            }"""
        )
        for cell, twin in rows:
            assert cell == twin
            compared += 1
    assert compared > 5


@WIDTHS
def test_theme(visit: Opener, report: Path, phone: bool) -> None:
    page = visit(report, phone=phone, color_scheme="light")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate(colour)
    assert dark != light
    assert page.get_by_role("button", name="Dark").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Auto").click()
    assert page.evaluate(colour) == light
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(colour) == dark
    page.get_by_role("button", name="Light").click()
    assert page.evaluate(colour) == light


def test_comparison(visit: Opener, report: Path) -> None:
    page = visit(report)
    text = page.locator("#compare").inner_text()
    for wanted in ("with r4", "Rows by split", "Samples gained", "7 in all, 1 listed", "Samples lost", "None."):
        assert wanted in text
    assert page.locator("#compare caption").count() == 2
    assert page.locator("#sections a[href='#compare']").is_visible()


def test_print(visit: Opener, report: Path) -> None:
    page = visit(report, color_scheme="dark")
    page.emulate_media(media="print")
    assert page.locator(".conversation").is_visible()
    assert page.locator("#charts svg").is_visible()
    for gone in (".top", ".finder", ".tabs", ".steps"):
        assert page.locator(gone).is_hidden(), gone
    assert page.evaluate("getComputedStyle(document.querySelector('#sample-title')).color") == "rgb(27, 31, 35)"
    assert len(page.pdf()) > 10_000


def test_no_other_script_runs(browser: Browser, report: Path) -> None:
    """The policy of the page, not only the care of its script, keeps strange code out. That is said on the console."""
    page = browser.new_page()
    page.goto(report.as_uri())
    policy = page.locator("meta[http-equiv='Content-Security-Policy']").get_attribute("content") or ""
    assert "default-src 'none'" in policy
    owned, *blocked = page.evaluate(
        """async () => {
            const blocked = [];
            document.addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
            const script = document.createElement("script");
            script.textContent = "window.owned = 1";
            const image = document.createElement("img");
            image.src = "http://127.0.0.1:9/x.png";
            image.setAttribute("onerror", "window.owned = 2");
            document.body.append(script, image);
            await new Promise((done) => setTimeout(done, 200));
            return [window.owned ?? null, ...blocked];
        }"""
    )
    page.close()
    assert owned is None
    assert {"script-src-elem", "script-src-attr", "img-src"} <= set(blocked)
