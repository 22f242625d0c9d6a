"""A language model's answers to the rows of a view."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from guardset.finetune.chats import tokens
from guardset.finetune.device import Stop


def answer_all(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    rows: Sequence[dict[str, Any]],
    path: Path,
    stop: Stop,
    *,
    batch: int,
    longest: int,
    new_tokens: int,
) -> bool:
    """Writes `id` and `text` of each answer to a JSONL file, and goes on with one that is there. False if it was stopped.

    A prompt that leaves no room for an answer in `longest` tokens gets none (`text` is empty, `too_long` is true).
    """
    done = {record["id"] for record in read_answers(path)}
    left = [row for row in rows if row["id"] not in done]
    prompts = [tokens(tokenizer, row["prompt"], ask=True) for row in left]
    order = sorted(range(len(left)), key=lambda at: len(prompts[at]), reverse=True)
    started = told = time.monotonic()
    with path.open("a", encoding="utf-8") as file:
        for at in range(0, len(order), batch):
            if stop.asked:
                return False
            group = order[at : at + batch]
            asked = [row for row in group if len(prompts[row]) + new_tokens <= longest]
            texts = dict(zip(asked, _generate(model, tokenizer, [prompts[row] for row in asked], new_tokens), strict=True))
            for row in group:
                record = {"id": left[row]["id"], "text": texts.get(row, ""), "too_long": row not in texts}
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
            file.flush()
            if time.monotonic() - told > 10:
                told = time.monotonic()
                made = at + len(group)
                print(f"{made:,} of {len(left):,} answers, {made / (told - started):.1f} a second", flush=True)
    return True


@torch.inference_mode()
def _generate(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, prompts: Sequence[list[int]], new_tokens: int) -> list[str]:
    """The likeliest continuation of each prompt, padded on the left so that all end at the same place."""
    if not prompts:
        return []
    longest = max(map(len, prompts))
    padding = tokenizer.pad_token_id
    ids = torch.tensor([[padding] * (longest - len(prompt)) + prompt for prompt in prompts], device=model.device)
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=model.device)
    made = model.generate(input_ids=ids, attention_mask=mask, max_new_tokens=new_tokens, do_sample=False, pad_token_id=padding)
    return tokenizer.batch_decode(made[:, longest:], skip_special_tokens=True)


def read_answers(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file of answers; nothing if there is none. A line that a kill left half written is cut off."""
    if not path.is_file():
        return
    text = path.read_text(encoding="utf-8")
    whole, _, rest = text.rpartition("\n")
    if rest:
        path.write_text(whole + "\n" if whole else "", encoding="utf-8")
    for line in whole.split("\n") if whole else ():
        yield json.loads(line)
