"""A made-up run that is learnt in seconds, tiny models, and the run under test with a view."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import guardset
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from guardset.classes import SAFE
from guardset.finetune.tokens import train_tokenizer
from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

# Models of this size gain nothing from a second thread, and on a busy machine the threads wait for each other.
torch.set_num_threads(1)

SPLITS = {"train": 96, "validation": 24, "test": 24, "test_unseen_server": 12}
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
INFO = {
    "formatting": "sharegpt",
    "columns": {"messages": "messages"},
    "tags": {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant", "system_tag": "system"},
}
"""An entry of `dataset_info.json`, but for the file."""


def made(split: str, at: int) -> dict[str, Any]:
    """A session in which the address of a copy, or its absence, decides."""
    label = (SAFE, "function_injection", SAFE, "data_injection")[at % 4]
    asked = f"user: pay invoice {at % 7} of {('mill', 'dairy', 'bakery')[at % 3]}\n"
    evidence = {SAFE: "", "function_injection": "copy to drop.example", "data_injection": "made up by drop.example"}[label]
    body = f"{asked}call: pay {at % 5}\n{evidence}\nresult: done"
    pieces = [{"surface": "call_arguments", "step": 1, "pointer": "/body", "start": 0, "end": len(evidence), "text": evidence}]
    return {
        "id": f"{split}-{at}",
        "pair_id": f"{split}-{at // 2}",
        "pair_role": "twin" if label == SAFE else "attack",
        "family": f"{split}-{at // 4}",
        "split": split,
        "checkpoint": "session",
        "label": label,
        "unsafe": label != SAFE,
        "vector": None if label == SAFE else "tool_result",
        "disguise": None,
        "domain": "finance",
        "servers": ["ledgerline"],
        "n_chars": len(body),
        "body": body,
        "evidence": pieces if evidence else [],
    }


def chat(row: dict[str, Any]) -> dict[str, Any]:
    """The row in the form of view `chat`."""
    answer = json.dumps({"unsafe": row["unsafe"], "class": row["label"]})
    messages = [
        {"role": "system", "content": "You guard an assistant."},
        {"role": "user", "content": f"<session>\n{row['body']}\n</session>\nAnswer with one JSON object."},
        {"role": "assistant", "content": answer},
    ]
    told = {name: row[name] for name in ("id", "pair_id", "pair_role", "split", "checkpoint", "label", "unsafe")}
    return told | {"class": row["label"], "flipped": False, "categories": [], "messages": messages}


def write(folder: Path, view: str, split: str, rows: list[dict[str, Any]], schema: pa.Schema | None = None) -> None:
    path = folder / "data" / view / f"{split}-00000-of-00001.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a few short rows, with view `chat`."""
    folder = tmp_path_factory.mktemp("toy")
    for split, count in SPLITS.items():
        rows = [made(split, at) for at in range(count)]
        write(folder, "canonical", split, rows, pa.Table.from_pylist(rows + [made("train", at) for at in range(4)]).schema)
        write(folder, "chat", split, [chat(row) for row in rows])
    return folder


@pytest.fixture(scope="session")
def run_dir() -> Path:
    """The folder of the run under test."""
    run = os.environ.get("GUARDSET_RUN")
    if not run or not (Path(run) / "manifest.json").is_file():
        pytest.fail("GUARDSET_RUN names no finished run: run `make smoke`, then set it to the run's folder", pytrace=False)
    return Path(run).resolve()


@pytest.fixture(scope="session")
def view_run(run_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run under test if it has view `chat`; else some of its rows with a view that is made here."""
    if "chat" in guardset.views(run_dir):
        return run_dir
    folder = tmp_path_factory.mktemp("views")
    info = {}
    for split in ("train", "validation", "test"):
        rows = guardset.load(run_dir, split=split).slice(0, 40)
        write(folder, "canonical", split, rows.to_pylist(), rows.schema)
        write(folder, "chat", split, [chat(row) for row in rows.to_pylist()])
        info[f"chat_{split}"] = INFO | {"file_name": f"data/chat/{split}-00000-of-00001.parquet"}
    (folder / "dataset_info.json").write_text(json.dumps(info))
    return folder


@pytest.fixture(scope="session")
def tokenizer(toy: Path) -> PreTrainedTokenizerFast:
    return train_tokenizer(guardset.load(toy, split="train", columns=["body"])["body"].to_pylist(), 400)


@pytest.fixture(scope="session")
def bert(tokenizer: PreTrainedTokenizerFast, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder of another make than the one from scratch, as transformers saves it."""
    folder = tmp_path_factory.mktemp("bert")
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2, max_position_embeddings=128
    )
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def llama(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A causal model with a chat template."""
    folder = tmp_path_factory.mktemp("llama")
    tokenizer = train_tokenizer([chat(made("train", at))["messages"][1]["content"] for at in range(40)], 400)
    tokenizer.add_special_tokens({"bos_token": "<|im_start|>", "eos_token": "<|im_end|>"})
    tokenizer.chat_template = TEMPLATE
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=8192,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def interrupt(monkeypatch: pytest.MonkeyPatch) -> Callable[[type, str, int], None]:
    """Has this process get SIGINT at the n-th call of a method."""

    def at(owner: type, method: str, number: int) -> None:
        calls = iter(range(1, 10**9))
        original = getattr(owner, method)

        def counted(*args: Any, **options: Any) -> Any:
            if next(calls) == number:
                os.kill(os.getpid(), signal.SIGINT)
            return original(*args, **options)

        monkeypatch.setattr(owner, method, counted)

    return at


def same(left: dict[str, Any], right: dict[str, Any]) -> bool:
    """Whether two sets of weights are alike to the last bit."""
    return left.keys() == right.keys() and all(np.array_equal(left[name].numpy(), right[name].numpy()) for name in left)
