"""Samples in which every text tries to break or to deceive the page that shows it."""

from __future__ import annotations

import copy
from typing import Any

from .page import Row, data_of

MARKUP = (
    '</script><script>window.owned=1</script><img src=x onerror="window.owned=2"><svg onload="window.owned=3"></svg>'
    "<!--<script>{{script}} {{data}} {{7*7}} ${window.owned=4} {% raw %} </title></style></textarea>"
    "<a href=\"javascript:window.owned=5\">x</a>'\"><iframe srcdoc='<script>parent.owned=6</script>'></iframe>"
)
UNSEEN = {
    "U+202E": "\u202e",
    "U+2066": "\u2066",
    "U+200B": "\u200b",
    "U+FEFF": "\ufeff",
    "U+00AD": "\u00ad",
    "U+001B": "\x1b",
    "U+0007": "\x07",
    "U+009B": "\x9b",
    "U+2028": "\u2028",
    "U+E000": "\ue000",
}
TAGS = "".join(chr(0xE0000 + ord(letter)) for letter in "run rm")
TRICKS = (
    "A"
    + "B".join(UNSEEN.values())
    + f"C{TAGS}D \x1b[31mred\x1b[0m \x1b]0;title\x07 {'Z' + chr(0x301) * 60} "
    + "p\u0430ypal "
    + "שלום gpj.exe\u202etxt "
    + "\U0001f469\u200d\U0001f4bb \u2764\ufe0f "
)
LONG = ("x" * 5000 + MARKUP + TRICKS) * 190
# A megabyte where prose may stand, and too much for any other place.
PROSE = ("text", "description", "body", "rationale", "goal")
KEPT = {"id", "pair_id", "pair_role", "checkpoint", "unsafe", "attack_present", "attack_followed", "violating_steps", "cut"}
KINDS = {"step", "kind", "call", "error"}


def data(samples: list[Row]) -> dict[str, Any]:
    """A pair with hostile texts, another with texts of a megabyte, one with odd shapes, and one ordinary sample."""
    whole = [row for row in samples if row["pair_id"] == samples[0]["pair_id"]]
    pair = [next(row for row in whole if row["pair_role"] == role) for role in ("attack", "twin", "lookalike")]
    rows: list[Row] = []
    for name in ("hostile", "long"):
        for row in pair:
            spoiled = _spoil(copy.deepcopy(row), row["pair_role"], set() if name == "long" else None)
            spoiled |= {"id": f"{name}-{row['id']}", "pair_id": f"{name}-pair"}
            spoiled["evidence"] = _evidence(spoiled)
            rows.append(spoiled)
    odd = copy.deepcopy(samples[-1])
    odd |= {"id": "odd", "pair_id": None, "pair_role": None, "tools": ["no object", None, 7], "session": [TRICKS, None]}
    odd["steps"] = [None, "a text", {"kind": "__proto__", "constructor": {"__proto__": MARKUP}}, {"kind": ["query"], "text": {"a": []}}]
    odd["flows"] = [{"step": 1}]
    odd["evidence"] = [{"surface": "x", "step": 99, "pointer": "/steps/9/text", "start": 0, "end": 5, "text": MARKUP}]
    rows.append(odd)
    rows.append(samples[-1])
    made = data_of(rows, title=MARKUP + TRICKS)
    made["glance"].append({"label": MARKUP, "value": TRICKS, "state": '"><script>', "note": LONG[:9000]})
    made["compare"] = {
        "against": MARKUP,
        "tables": [{"title": MARKUP, "note": TRICKS, "head": [MARKUP, "n"], "rows": [[TRICKS, 1], [LONG[:5000], None]]}],
    }
    return made


def _spoil(value: Any, role: str, long: set[str] | None, key: str = "") -> Any:
    """Puts a payload into every text but those that the page's structure rests on.

    With a set of keys, the first text under each key is a long one: the page would be of gigabytes if all were.
    """
    if isinstance(value, dict):
        kept = KEPT | KINDS if key in ("", "steps") else set()
        return {name: item if name in kept else _spoil(item, role, long, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_spoil(item, role, long, key) for item in value]
    if not isinstance(value, str):
        return value
    if long is None or key in long:
        return f"{MARKUP}{TRICKS} {role}"
    long.add(key)
    return f"{LONG if key in PROSE else LONG[:60_000]} {role}"


def _evidence(row: Row) -> list[dict[str, Any]]:
    """One piece at the start of a text and one at its very end, past everything that is folded."""
    step = next(n for n, each in enumerate(row["steps"]) if "text" in each)
    text = row["steps"][step]["text"]
    spans = ((0, 10), (len(text) - 4, len(text)))
    return [
        {"surface": MARKUP, "step": step, "pointer": f"/steps/{step}/text", "start": start, "end": end, "text": text[start:end]}
        for start, end in spans
    ]
