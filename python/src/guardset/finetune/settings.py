"""Settings of the encoder; and `settings.json`, in which the folder of any training says what made it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

FILE = "settings.json"


@dataclass(frozen=True)
class Settings:
    """Every number that decides what a training gives. Two with the same settings and data give the same guard on one CPU."""

    max_tokens: int = 2048
    """Longer sessions lose their middle."""
    head: float = 0.3
    """Share of the tokens kept that are the session's first: header, servers, request. The rest are its last."""
    epochs: int = 4
    batch: int = 16
    """Rows in memory at a time."""
    accumulate: int = 1
    """Batches per step of the optimiser."""
    learning_rate: float = 5e-5
    warmup: float = 0.06
    """Share of the steps in which the rate rises; then it falls to zero."""
    weight_decay: float = 0.01
    class_weight: float = 1.0
    """How much the loss of the class counts beside that of the side."""
    span_weight: float = 0.5
    """The same for the loss of the evidence."""
    evaluations: int = 1
    """How often per epoch the validation rows are looked at."""
    patience: int = 3
    """After how many of these without a better result training ends; 0: never."""
    train_rows: int = 0
    """At most about so many rows of `train`, as whole pairs; 0: all."""
    validation_rows: int = 0
    test_rows: int = 0
    """The same for each test split."""
    seed: int = 0

    def __post_init__(self) -> None:
        wrong = [f"{name} must be at least 1" for name in ("epochs", "batch", "accumulate", "evaluations") if getattr(self, name) < 1]
        wrong += [f"{name} must not be negative" for name in ("patience", "train_rows", "validation_rows", "test_rows") if getattr(self, name) < 0]
        wrong += ["head must lie in [0, 1]"] if not 0 <= self.head <= 1 else []
        wrong += ["warmup must lie in [0, 1)"] if not 0 <= self.warmup < 1 else []
        wrong += ["max_tokens must be at least 16"] if self.max_tokens < 16 else []
        if wrong:
            raise ValueError("; ".join(wrong))


def keep(folder: Path, settings: Any, **more: Any) -> None:
    """Writes down what a training is made of. If the folder holds another training, says in what they differ."""
    facts = asdict(settings) | more
    path = folder / FILE
    if path.is_file():
        held = json.loads(path.read_text(encoding="utf-8"))
        differ = [f"{name} ({held.get(name)!r} there, {facts.get(name)!r} now)" for name in sorted(held | facts) if held.get(name) != facts.get(name)]
        if differ:
            raise ValueError(f"{folder} holds another training; it differs in {', '.join(differ)}. Take another folder, or remove that one")
        return
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def read(folder: Path) -> Settings:
    """The settings of the training in a folder."""
    held = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return Settings(**{field.name: held[field.name] for field in fields(Settings)})
