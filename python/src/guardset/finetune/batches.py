"""Examples in batches, in an order that follows from seed and epoch alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from guardset.finetune.rows import IGNORED, Example

_WINDOW = 64
"""Batches whose rows are sorted by length among themselves, so that little is padded."""


def order(lengths: Sequence[int], batch: int, seed: int, epoch: int) -> list[list[int]]:
    """Positions of rows, batch by batch, for one epoch. Every row comes once."""
    random = np.random.default_rng([seed, epoch])
    shuffled = random.permutation(len(lengths))
    batches: list[list[int]] = []
    for at in range(0, len(shuffled), batch * _WINDOW):
        window = sorted(shuffled[at : at + batch * _WINDOW].tolist(), key=lambda row: lengths[row])
        batches += [window[start : start + batch] for start in range(0, len(window), batch)]
    random.shuffle(batches)
    return batches


def padded(texts: Sequence[NDArray[np.int32]], padding: int) -> tuple[Tensor, Tensor]:
    """Token ids and mask, as long as the longest text."""
    longest = max(len(ids) for ids in texts)
    ids = np.full((len(texts), longest), padding, dtype=np.int64)
    mask = np.zeros((len(texts), longest), dtype=np.int64)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
        mask[row, : len(text)] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)


def collate(examples: Sequence[Example], padding: int) -> dict[str, Tensor]:
    """A batch with what is to be learnt from it."""
    ids, mask = padded([example.text.ids for example in examples], padding)
    tags = torch.full(ids.shape, IGNORED, dtype=torch.long)
    for row, example in enumerate(examples):
        tags[row, : len(example.tags)] = torch.from_numpy(example.tags.astype(np.int64))
    return {
        "ids": ids,
        "mask": mask,
        "unsafe": torch.tensor([float(example.unsafe) for example in examples]),
        "label": torch.tensor([example.label for example in examples]),
        "tags": tags,
    }
