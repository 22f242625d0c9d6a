"""Pointers, without a run."""

from __future__ import annotations

import json

import guardset
import pytest

ROW = {
    "body": '{"a": "not parsed"}',
    "tools": json.dumps([{"name": "t", "inputSchema": {"type": "object", "a/b~c": [1, None, "é👩"]}}], ensure_ascii=False),
    "steps": [{"arguments": {"k": "\u200b\x1f\"", "n": 1.5, "ok": True}}],
    "messages": [{"role": "user", "content": "hi"}],
}


@pytest.mark.parametrize(
    ("pointer", "text"),
    [
        ("/body", '{"a": "not parsed"}'),
        ("/tools/0/name", "t"),
        ("/tools/0/inputSchema/a~1b~0c/2", "é👩"),
        ("/tools/0/inputSchema/a~1b~0c", '[1,null,"é👩"]'),
        ("/steps/0/arguments", '{"k":"\u200b\\u001f\\"","n":1.5,"ok":true}'),
        ("/steps/0/arguments/k", '\u200b\x1f"'),
        ("/messages/0/content", "hi"),
    ],
)
def test_resolves(pointer: str, text: str) -> None:
    assert guardset.resolve(ROW, pointer) == text
    assert guardset.resolve(guardset.normalise(ROW), pointer) == text
    assert guardset.resolve({**ROW, "tools": ROW["tools"].encode()}, pointer) == text


@pytest.mark.parametrize("pointer", ["/none", "/tools/1", "/tools/-1", "/tools/x", "/tools/0/name/0", "/messages/0/text", "/tools/²"])
def test_what_is_not_there_is_an_error(pointer: str) -> None:
    with pytest.raises(KeyError, match="pointer"):
        guardset.resolve(ROW, pointer)


def test_form() -> None:
    with pytest.raises(ValueError, match="does not start with"):
        guardset.resolve(ROW, "body")
