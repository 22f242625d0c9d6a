"""Evidence found in the body, on made-up bodies and on the run."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from guardset.finetune.spans import Spans, locate


def piece(text: str) -> dict[str, str]:
    return {"text": text}


def test_once_is_sure_and_more_is_not() -> None:
    body = "pay, then pay again, then copy"
    assert locate(body, [piece("copy")]) == Spans(sure=[(26, 30)])
    assert locate(body, [piece("pay"), piece("again")]) == Spans(sure=[(14, 19)], unsure=[(0, 3), (10, 13)])
    assert locate(body, []) == Spans()


def test_what_is_not_there_leaves_the_row_unknown() -> None:
    assert locate("pay", [piece("pay"), piece("copy")]) is None


def test_text_within_json_is_found_as_it_is_written_there() -> None:
    text = 'first\nsecond "quoted" \u200b'
    once = json.dumps({"text": text}, ensure_ascii=False)
    twice = json.dumps({"text": once}, ensure_ascii=False)
    for body, depth in ((once, 1), (twice, 2)):
        found = locate(body, [piece(text)])
        assert found is not None and len(found.sure) == 1
        written = body[slice(*found.sure[0])]
        for _ in range(depth):
            written = json.loads(f'"{written}"')
        assert written == text


def test_the_evidence_of_a_run_is_found(rows: list[dict[str, Any]]) -> None:
    with_evidence = [row for row in rows if row["evidence"]]
    found = [locate(row["body"], row["evidence"]) for row in with_evidence]
    assert len(with_evidence) > 100
    # What does not stand in the body word for word is rare: a body may shorten.
    assert sum(spans is None for spans in found) <= len(found) // 50


@pytest.mark.parametrize("command", ["finetune_encoder", "finetune_llm"])
def test_a_command_without_its_packages_says_so(command: str) -> None:
    code = f"import sys; sys.modules['torch'] = None; import guardset.{command}"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 1 and ran.stderr == "error: torch is missing: pip install 'guardset[finetune]'\n"
