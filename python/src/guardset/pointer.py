"""Evidence pointers: a column, and a JSON pointer (RFC 6901) within it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def resolve(row: Mapping[str, Any], pointer: str) -> str:
    """Returns the text that an evidence pointer such as `/tools/2/description` names.

    A value that is no string is returned as compact JSON. The row may come from any reader: columns that hold JSON as
    text or bytes are parsed on the way.
    """
    if not pointer.startswith("/"):
        raise ValueError(f"pointer {pointer!r} does not start with '/'")
    column, *tokens = (token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/"))
    if column not in row:
        raise KeyError(f"pointer {pointer!r}: the row has no column {column!r}")
    value = row[column]
    if isinstance(value, bytes) or (tokens and isinstance(value, str)):
        value = json.loads(value)
    for token in tokens:
        value = _step(value, token, pointer)
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _step(value: Any, token: str, pointer: str) -> Any:
    if isinstance(value, Mapping) and token in value:
        return value[token]
    if isinstance(value, list) and token.isascii() and token.isdigit() and int(token) < len(value):
        return value[int(token)]
    raise KeyError(f"pointer {pointer!r}: nothing at {token!r}")
