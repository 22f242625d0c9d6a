"""Rows as an encoder takes them: token ids, side, class, and for each token whether it is evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from guardset.classes import CLASSES
from guardset.finetune.settings import Settings
from guardset.finetune.spans import Span, Spans, locate

IGNORED = -100
"""The tag of a token that says nothing: the loss leaves it out."""

_BATCH = 256
"""Texts that are tokenised at a time."""


@dataclass(frozen=True)
class Encoded:
    """A text cut to size."""

    ids: NDArray[np.int32]
    places: NDArray[np.int32]
    """First and last character of each token (shape: tokens, 2); (0, 0) for those that stand for no text."""
    cut: bool
    """Whether the middle was left out."""


@dataclass(frozen=True)
class Example:
    """A row to learn from."""

    text: Encoded
    unsafe: bool
    label: int
    tags: NDArray[np.int8]
    """1 evidence, 0 none, `IGNORED`."""


def encode(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], settings: Settings) -> Iterator[Encoded]:
    """Tokenises texts, and leaves out the middle of those that are too long.

    Names of special tokens in a text are text: whoever wrote the session must not be able to end it.
    """
    first, last = _ends(tokenizer)
    room = settings.max_tokens - len(first) - len(last)
    at_head = round(room * settings.head)
    for at in range(0, len(texts), _BATCH):
        found = tokenizer(
            list(texts[at : at + _BATCH]),
            add_special_tokens=False,
            return_offsets_mapping=True,
            return_attention_mask=False,
            split_special_tokens=True,
            verbose=False,
        )
        for ids, offsets in zip(found["input_ids"], found["offset_mapping"], strict=True):
            cut = len(ids) > room
            if cut:
                tail = len(ids) - (room - at_head)
                ids, offsets = ids[:at_head] + ids[tail:], offsets[:at_head] + offsets[tail:]
            places = [(0, 0)] * len(first) + [tuple(pair) for pair in offsets] + [(0, 0)] * len(last)
            yield Encoded(np.array(first + ids + last, np.int32), np.array(places, np.int32).reshape(-1, 2), cut)


def _ends(tokenizer: PreTrainedTokenizerBase) -> tuple[list[int], list[int]]:
    """What stands before and after a text, for those models that have it."""
    first = tokenizer.bos_token_id if tokenizer.cls_token_id is None else tokenizer.cls_token_id
    last = tokenizer.eos_token_id if tokenizer.sep_token_id is None else tokenizer.sep_token_id
    return [first] * (first is not None), [last] * (last is not None)


def examples(tokenizer: PreTrainedTokenizerBase, table: pa.Table, settings: Settings) -> Iterator[Example]:
    """Makes examples of the columns `body`, `unsafe`, `label` and `evidence`."""
    bodies, sides, labels, evidence = (table[name].to_pylist() for name in ("body", "unsafe", "label", "evidence"))
    for body, unsafe, label, pieces, text in zip(bodies, sides, labels, evidence, encode(tokenizer, bodies, settings), strict=True):
        yield Example(text, unsafe, CLASSES.index(label), tag(text.places, locate(body, pieces)))


def tag(places: NDArray[np.int32], spans: Spans | None) -> NDArray[np.int8]:
    """Tells for each token whether it is evidence. Where the evidence could be anywhere, all is `IGNORED`."""
    tags = np.zeros(len(places), dtype=np.int8)
    for span in spans.unsure if spans else ():
        tags[_inside(places, span)] = IGNORED
    for span in spans.sure if spans else ():
        tags[_inside(places, span)] = 1
    if spans is None:
        tags[:] = IGNORED
    tags[places[:, 0] == places[:, 1]] = IGNORED
    return tags


def _inside(places: NDArray[np.int32], span: Span) -> NDArray[np.bool_]:
    return (places[:, 0] < span[1]) & (places[:, 1] > span[0])


def runs(places: NDArray[np.int32], marked: NDArray[np.bool_]) -> list[dict[str, int]]:
    """The stretches of text that neighbouring marked tokens cover."""
    found: list[dict[str, int]] = []
    previous = False
    for (start, end), here in zip(places.tolist(), marked.tolist(), strict=True):
        if here and previous:
            found[-1]["end"] = end
        elif here:
            found.append({"start": start, "end": end})
        previous = here
    return found


def sample(table: pa.Table, rows: int, seed: int) -> pa.Table:
    """About so many rows, in their order: pairs in an order that the seed draws, each whole, until there are enough; 0 takes all."""
    if not 0 < rows < table.num_rows:
        return table
    # A session without a pair is one of its own.
    pairs = pc.coalesce(table["pair_id"], table["id"])
    names, counts = np.unique(pairs.to_numpy(zero_copy_only=False).astype(str), return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    enough = int(np.searchsorted(np.cumsum(counts[order]), rows)) + 1
    return table.filter(pc.is_in(pairs, pa.array(names[order[:enough]])))


def facts_of(rows: Iterable[Example]) -> dict[str, Any]:
    """What became of the rows: how many were cut, and what the tags know."""
    rows = list(rows)
    tokens = sum(len(row.text.ids) for row in rows)
    return {
        "rows": len(rows),
        "cut": sum(row.text.cut for row in rows) / len(rows),
        "tokens": tokens,
        "tagged_rows": sum(bool((row.tags == 1).any()) for row in rows) / len(rows),
        "evidence_tokens": sum(int((row.tags == 1).sum()) for row in rows) / tokens,
        "ignored_tokens": sum(int((row.tags == IGNORED).sum()) for row in rows) / tokens,
    }
