"""Rows of a view as TRL takes them: prompt and completion, and nothing that would be cut."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
from datasets import Dataset
from transformers import PreTrainedTokenizerBase

from guardset.finetune.rows import sample
from guardset.run import StrPath, load

Messages = list[Mapping[str, str]]


def chats(run_dir: StrPath, view: str, split: str, rows: int, seed: int) -> Dataset:
    """Columns `id`, `prompt` and `completion` of a view's rows; about `rows` of them as whole pairs, 0 for all."""
    ids = sample(load(run_dir, split=split, columns=["id", "pair_id"]), rows, seed)["id"].combine_chunks()
    table = load(run_dir, view, split, columns=["id", "messages"])
    table = table.filter(pc.is_in(table["id"], ids))
    if not table.num_rows:
        raise ValueError(f"{Path(run_dir) / 'data' / view} has none of the rows of {split}")
    return Dataset.from_list([{"id": row["id"], **divided(row["messages"])} for row in table.to_pylist()])


def divided(messages: Messages) -> dict[str, Messages]:
    """Splits the answer off."""
    if len(messages) < 2 or messages[-1]["role"] != "assistant":
        raise ValueError(f"messages must end with the assistant's answer, and these have the roles {[message['role'] for message in messages]}")
    return {"prompt": list(messages[:-1]), "completion": list(messages[-1:])}


def fitting(data: Dataset, tokenizer: PreTrainedTokenizerBase, longest: int) -> Dataset:
    """The rows of at most `longest` tokens with their answer. A longer one would lose its end, which is the answer."""

    def fits(row: dict[str, Any]) -> bool:
        return len(tokens(tokenizer, row["prompt"] + row["completion"], ask=False)) <= longest

    kept = data.filter(fits, desc="measuring")
    if not len(kept):
        raise ValueError(f"no row has {longest} tokens or fewer: a longer max_length is needed")
    return kept


def tokens(tokenizer: PreTrainedTokenizerBase, messages: Messages, ask: bool) -> list[int]:
    """A conversation in the model's own form; with `ask`, up to where its answer begins."""
    return tokenizer.apply_chat_template(messages, add_generation_prompt=ask, tokenize=True, return_dict=True)["input_ids"]
