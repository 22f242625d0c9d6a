"""Where a row's evidence stands in its `body`.

Evidence points into a column; a guard reads `body`, in which the same text stands in one of several written forms.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Span = tuple[int, int]
"""First character, and one past the last."""


@dataclass(frozen=True)
class Spans:
    """The evidence of a row, as far as it can be found."""

    sure: list[Span] = field(default_factory=list)
    """Texts that stand in the body once."""
    unsure: list[Span] = field(default_factory=list)
    """Every place of texts that stand there several times: one of them is meant."""


def locate(body: str, evidence: Iterable[Mapping[str, Any]]) -> Spans | None:
    """Finds every piece of evidence in a body; None when one is not there, so that the row says nothing certain about any place."""
    spans = Spans()
    for piece in evidence:
        found = next((places for text in _written(piece["text"]) if (places := list(_places(body, text)))), None)
        if found is None:
            return None
        (spans.sure if len(found) == 1 else spans.unsure).extend(found)
    return spans


def _written(text: str) -> Iterator[str]:
    """The text as it is, as it stands within a JSON string, and within a JSON string in a JSON string."""
    for _ in range(3):
        if not text:
            return
        yield text
        text = json.dumps(text, ensure_ascii=False)[1:-1]


def _places(body: str, text: str) -> Iterator[Span]:
    at = body.find(text)
    while at >= 0:
        yield at, at + len(text)
        at = body.find(text, at + len(text))
