"""Places that ordinary rows seldom have: characters outside the basic plane, numbers as they stood, long and unlike texts."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import guardset
import pytest

from .page import Row, data_of, page
from .test_page import MARKED

if TYPE_CHECKING:
    from .conftest import Opener

EMOJI = "\U0001f469\U0001f4bb \U00020bb7 ends here, \U0001f600 and goes on"


def write(path: Path, rows: list[Row], **changed: str) -> Path:
    text = page(data_of(rows), "")
    for old, new in changed.items():
        text = text.replace(f'"{old}"', new)
    file = path / "page.html"
    file.write_text(text, encoding="utf-8")
    return file


def evidence(row: Row, pointer: str, start: int, end: int) -> dict[str, object]:
    text = guardset.resolve(row, pointer)[start:end]
    return {"surface": "x", "step": 0, "pointer": pointer, "start": start, "end": end, "text": text}


@pytest.fixture
def row(samples: list[Row]) -> Row:
    made = copy.deepcopy(next(row for row in samples if row["pair_role"] == "attack"))
    made["steps"] = [{"step": 0, "at": "10:00:00", "kind": "query", "text": EMOJI}]
    made["flows"], made["violating_steps"], made["body"] = [], [0], EMOJI
    return made


def test_offsets_count_code_points(visit: Opener, tmp_path: Path, row: Row) -> None:
    start = EMOJI.index("ends")
    row["evidence"] = [evidence(row, "/steps/0/text", start, start + 9), evidence(row, "/steps/0/text", start + 5, start + 12), evidence(row, "/body", 3, 4)]
    tab = visit(write(tmp_path, [row]))
    assert [tab.evaluate(MARKED, index) for index in (0, 1)] == ["ends here", "here, \U0001f600"]
    assert tab.locator(".problem").count() == 0
    tab.locator("#tab-raw").click()
    assert tab.evaluate(MARKED, 2) == "\U00020bb7"


def test_value_that_is_no_string_is_compact_json(visit: Opener, tmp_path: Path, row: Row) -> None:
    """Numbers as the file has them, which is not how JavaScript would write them."""
    numbers = '[5635.0,1e2,12345678901234567890,{"k":"\u00e9\\n"},-0.0]'
    row["steps"][0] |= {"kind": "call", "arguments": {"a/b": "NUMBERS"}}
    row["evidence"] = [{"surface": "x", "step": 0, "pointer": "/steps/0/arguments/a~1b", "start": 0, "end": len(numbers), "text": numbers}]
    tab = visit(write(tmp_path, [row], NUMBERS=numbers))
    assert tab.locator(".problem").count() == 0
    assert tab.evaluate(MARKED, 0) == numbers


def test_pointer_with_escapes_into_schema_and_header(visit: Opener, tmp_path: Path, row: Row) -> None:
    row["tools"] = [{"name": "t", "inputSchema": {"properties": {"a/b~c": {"description": "read this"}}}}]
    row["evidence"] = [evidence(row, "/tools/0/inputSchema/properties/a~1b~0c/description", 5, 9), evidence(row, "/session/user", 0, 7)]
    tab = visit(write(tmp_path, [row]))
    assert tab.evaluate(MARKED, 0) == "this"
    assert tab.evaluate(MARKED, 1) == json.dumps(row["session"]["user"], separators=(",", ":"))[:7]


@pytest.mark.parametrize("alike", [True, False], ids=["alike", "unlike"])
def test_long_texts_are_compared_fast(visit: Opener, tmp_path: Path, row: Row, alike: bool) -> None:
    words = [f"word{n * n % 977}" for n in range(1500)]
    other = [word if n % 90 else "changed" for n, word in enumerate(words)] if alike else [f"other{n}" for n in range(1500)]
    twin = copy.deepcopy(row) | {"id": "twin", "pair_role": "twin", "evidence": [], "violating_steps": [], "unsafe": False, "label": "appropriate"}
    row["evidence"] = []
    row["steps"][0]["text"], twin["steps"][0]["text"] = " ".join(words), " ".join(other)
    assert len(row["steps"][0]["text"]) > 10_000
    tab = visit(write(tmp_path, [row, twin]))
    start = time.monotonic()
    tab.locator("#tab-pair").click()
    changes = tab.locator(".pair-cell ins").count()
    assert time.monotonic() - start < 3
    if alike:
        assert changes == sum(a != b for a, b in zip(words, other, strict=True))
    else:
        assert changes == 1
