"""A fine-tuned encoder as a guard: texts in, answers out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from guardset.classes import CLASSES
from guardset.finetune import settings as kept
from guardset.finetune.batches import padded
from guardset.finetune.device import Device
from guardset.finetune.model import GuardEncoder
from guardset.finetune.rows import Encoded, encode, runs
from guardset.finetune.settings import Settings
from guardset.run import StrPath

MODEL = "model"
"""The folder of the best weights, within that of a training."""

_TEXTS = 2048
"""Texts that are encoded and sorted by length at a time."""


class EncoderGuard:
    """A model with its tokeniser, ready to answer."""

    def __init__(self, model: GuardEncoder, tokenizer: PreTrainedTokenizerBase, settings: Settings, device: Device) -> None:
        self.model, self.tokenizer, self.settings, self.device = model.to(device.name), tokenizer, settings, device

    @classmethod
    def load(cls, folder: StrPath, device: Device | None = None) -> EncoderGuard:
        """Reads the folder of a finished training."""
        folder = Path(folder)
        model, tokenizer = GuardEncoder.load(folder / MODEL)
        return cls(model, tokenizer, kept.read(folder), device or Device.of())

    def predict(self, texts: Sequence[str], batch: int = 32, progress: bool = False) -> Iterator[dict[str, Any]]:
        """For each text `unsafe`, `score` (probability of unsafe), `label`, and `evidence`: spans of characters, `start` and `end`."""
        started = told = time.monotonic()
        for at in range(0, len(texts), _TEXTS):
            encoded = list(encode(self.tokenizer, texts[at : at + _TEXTS], self.settings))
            yield from self.answers(encoded, batch)
            done = at + len(encoded)
            if progress and time.monotonic() - told > 10:
                told = time.monotonic()
                print(f"{done:,} of {len(texts):,} rows, {done / (told - started):.1f} a second", flush=True)

    @torch.inference_mode()
    def answers(self, encoded: Sequence[Encoded], batch: int = 32) -> list[dict[str, Any]]:
        """The same for texts that are tokens already."""
        self.model.eval()
        found: list[dict[str, Any]] = [{} for _ in encoded]
        by_length = sorted(range(len(encoded)), key=lambda row: len(encoded[row].ids))
        for at in range(0, len(by_length), batch):
            rows = by_length[at : at + batch]
            ids, mask = padded([encoded[row].ids for row in rows], self.tokenizer.pad_token_id)
            with self.device.autocast():
                said = self.model(ids.to(self.device.name), mask.to(self.device.name))
            score, label = said.unsafe.sigmoid().cpu().numpy(), said.classes.argmax(-1).cpu().numpy()
            marked = (said.evidence > 0).cpu().numpy()
            for place, row in enumerate(rows):
                found[row] = _answer(score[place], label[place], marked[place], encoded[row])
        return found


def _answer(score: np.float32, label: np.int64, marked: np.ndarray[Any, np.dtype[np.bool_]], text: Encoded) -> dict[str, Any]:
    marked = marked[: len(text.ids)] & (text.places[:, 0] < text.places[:, 1])
    return {"unsafe": bool(score >= 0.5), "score": float(score), "label": CLASSES[label], "evidence": runs(text.places, marked)}
