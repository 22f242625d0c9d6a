"""An encoder with three heads: unsafe or not, which class, and which tokens are the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, ModernBertConfig, PreTrainedModel, PreTrainedTokenizerBase

from guardset.classes import CLASSES
from guardset.finetune.rows import IGNORED
from guardset.finetune.settings import Settings

_HEADS = "heads.safetensors"


@dataclass(frozen=True)
class Said:
    """Logits of a batch."""

    unsafe: Tensor
    """Shape: rows."""
    classes: Tensor
    """Shape: rows, 18."""
    evidence: Tensor
    """Shape: rows, tokens."""


class GuardEncoder(nn.Module):
    """Any encoder that gives a state per token."""

    def __init__(self, encoder: PreTrainedModel, dropout: float = 0.1) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.heads = nn.ModuleDict(
            {
                "attention": nn.Linear(width, 1),
                "unsafe": nn.Linear(width, 1),
                "classes": nn.Linear(width, len(CLASSES)),
                "evidence": nn.Linear(width, 1),
            }
        )
        # All tokens count the same at first: what decides can stand anywhere, and not every model trains its first token.
        nn.init.zeros_(self.heads["attention"].weight)
        self.dropout = nn.Dropout(dropout)

    def forward(self, ids: Tensor, mask: Tensor) -> Said:
        states = self.dropout(self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state)
        weight = self.heads["attention"](states).squeeze(-1).float().masked_fill(mask == 0, -torch.inf).softmax(-1)
        whole = (weight.unsqueeze(-1) * states).sum(1)
        return Said(
            self.heads["unsafe"](whole).squeeze(-1).float(),
            self.heads["classes"](whole).float(),
            self.heads["evidence"](states).squeeze(-1).float(),
        )

    def save(self, folder: Path, tokenizer: PreTrainedTokenizerBase) -> None:
        """Writes encoder and tokeniser as transformers does, so that each loads on its own, and the heads beside them."""
        self.encoder.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        save_file(self.heads.state_dict(), folder / _HEADS)

    @classmethod
    def load(cls, folder: Path) -> tuple[GuardEncoder, PreTrainedTokenizerBase]:
        """Reads what `save` wrote."""
        model = cls(AutoModel.from_pretrained(folder, local_files_only=True))
        model.heads.load_state_dict(load_file(folder / _HEADS))
        return model, AutoTokenizer.from_pretrained(folder, local_files_only=True)


def loss(said: Said, batch: dict[str, Tensor], settings: Settings) -> Tensor:
    """The losses of the three heads as one. Evidence is rare, so a token of it counts as much as ten others."""
    side = nn.functional.binary_cross_entropy_with_logits(said.unsafe, batch["unsafe"])
    named = nn.functional.cross_entropy(said.classes, batch["label"])
    known = batch["tags"] != IGNORED
    tags = batch["tags"][known].float()
    token = nn.functional.binary_cross_entropy_with_logits(said.evidence[known], tags, weight=1 + 9 * tags, reduction="sum")
    return side + settings.class_weight * named + settings.span_weight * token / known.sum().clamp(min=1)


def pretrained(path: str, max_tokens: int) -> tuple[GuardEncoder, PreTrainedTokenizerBase]:
    """An encoder in a folder, as transformers saves it. Nothing is downloaded, and no code of the folder is run."""
    config = AutoConfig.from_pretrained(path, local_files_only=True)
    longest = getattr(config, "max_position_embeddings", None)
    if longest is not None and max_tokens > longest:
        raise ValueError(f"{path} reads at most {longest} tokens, and max_tokens is {max_tokens}")
    tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
    if not tokenizer.is_fast:
        raise ValueError(f"{path}: its tokeniser is not a fast one, and only those tell where in the text a token stands")
    encoder = AutoModel.from_pretrained(path, local_files_only=True)
    return GuardEncoder(encoder), tokenizer


def small(tokenizer: PreTrainedTokenizerBase, max_tokens: int, layers: int, width: int) -> GuardEncoder:
    """A ModernBERT with random weights."""
    config = ModernBertConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=width * 3 // 2,
        num_hidden_layers=layers,
        num_attention_heads=max(1, width // 64),
        max_position_embeddings=max_tokens,
        pad_token_id=tokenizer.pad_token_id,
        cls_token_id=tokenizer.cls_token_id,
        sep_token_id=tokenizer.sep_token_id,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
    )
    return GuardEncoder(AutoModel.from_config(config))
