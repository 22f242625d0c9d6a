"""The training loop of the encoder: steps, evaluations, early stopping, checkpoints.

A training that was stopped and goes on gives the same weights as one that was not, on a CPU and with the same number
of threads: the order of rows follows from seed and epoch, and a checkpoint holds all that changes beside it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from guardset.finetune.batches import collate, order
from guardset.finetune.device import Device, Stop
from guardset.finetune.model import GuardEncoder, loss
from guardset.finetune.rows import Example
from guardset.finetune.settings import Settings

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
_TOLD = 10.0
"""Seconds between two lines of progress."""


@dataclass
class Progress:
    """How far a training is."""

    step: int = 0
    """Steps of the optimiser that are done."""
    best: float = -1.0
    worse: int = 0
    """Evaluations since the best one."""
    ended: bool = False
    loss: float = 0.0
    """Sum of the losses since the last evaluation, of `batches` batches."""
    batches: int = 0


class Training:
    """A model in training, and its folder."""

    def __init__(
        self,
        model: GuardEncoder,
        rows: Sequence[Example],
        settings: Settings,
        folder: Path,
        device: Device,
        padding: int,
    ) -> None:
        self.model, self.rows, self.settings, self.folder, self.device, self.padding = model, rows, settings, folder, device, padding
        self.lengths = [len(row.text.ids) for row in rows]
        batches = len(order(self.lengths, settings.batch, settings.seed, 0))
        self.per_epoch = -(-batches // settings.accumulate)
        self.steps = self.per_epoch * settings.epochs
        self.optimizer = AdamW(_groups(model, settings.weight_decay), lr=settings.learning_rate)
        self.scheduler = LambdaLR(self.optimizer, lambda step: _rate(step, self.steps, settings.warmup))
        self.scaler = torch.amp.GradScaler(device.name.split(":")[0], enabled=device.precision == "fp16")
        self.progress = Progress()

    def run(self, validate: Callable[[], dict[str, float]], keep: Callable[[], None], stop: Stop, save_every: float = 600.0) -> bool:
        """Trains to the end; False if it was asked to stop before.

        `validate` gives the figures of the model as it is, `macro_f1` among them; `keep` is called when that is the best so far.
        A checkpoint is written after each evaluation, every `save_every` seconds, and before stopping.
        """
        began = saved = told = time.monotonic()
        first = self.progress.step
        while not self.progress.ended:
            epoch, at = divmod(self.progress.step, self.per_epoch)
            batches = order(self.lengths, self.settings.batch, self.settings.seed, epoch)
            self._step(batches[at * self.settings.accumulate : (at + 1) * self.settings.accumulate])
            due = self._due()
            if due:
                self._evaluate(validate, keep)
            now = time.monotonic()
            if now - told > _TOLD and not due:
                told = now
                self._tell((now - began) / (self.progress.step - first))
            if due or stop.asked or now - saved > save_every:
                saved = now
                self.save()
            if stop.asked and not self.progress.ended:
                return False
        return True

    def _step(self, batches: Sequence[Sequence[int]]) -> None:
        self.model.train()
        self.optimizer.zero_grad(set_to_none=True)
        for batch in batches:
            tensors = self._on_device(collate([self.rows[row] for row in batch], self.padding))
            with self.device.autocast():
                said = self.model(tensors["ids"], tensors["mask"])
            lost = loss(said, tensors, self.settings)
            self.scaler.scale(lost / len(batches)).backward()
            self.progress.loss += float(lost.detach())
            self.progress.batches += 1
        self.scaler.unscale_(self.optimizer)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.scheduler.step()
        self.progress.step += 1

    def _on_device(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        return {name: tensor.to(self.device.name, non_blocking=True) for name, tensor in batch.items()}

    def _due(self) -> bool:
        """Whether this step is the last before an evaluation."""
        done = self.progress.step % self.per_epoch or self.per_epoch
        count = self.settings.evaluations
        return done * count // self.per_epoch > (done - 1) * count // self.per_epoch

    def _evaluate(self, validate: Callable[[], dict[str, float]], keep: Callable[[], None]) -> None:
        found, progress = validate(), self.progress
        self._log({"step": progress.step, "epoch": progress.step / self.per_epoch, "loss": progress.loss / max(1, progress.batches)} | found)
        progress.loss, progress.batches = 0.0, 0
        better = found["macro_f1"] > progress.best
        progress.worse = 0 if better else progress.worse + 1
        if better:
            progress.best = found["macro_f1"]
            keep()
        progress.ended = progress.step >= self.steps or 0 < self.settings.patience <= progress.worse

    def _log(self, line: dict[str, Any]) -> None:
        print("  ".join(f"{name} {value:.4g}" for name, value in line.items()), flush=True)
        with (self.folder / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def _tell(self, seconds: float) -> None:
        """`seconds`: what a step has taken."""
        progress = self.progress
        left = (self.steps - progress.step) * seconds / 60
        print(f"step {progress.step:,} of {self.steps:,}, loss {progress.loss / max(1, progress.batches):.4f}, at most {left:.0f} min left", flush=True)

    def save(self) -> None:
        """Writes the checkpoint: a whole one, or the one before stays."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "scaler": self.scaler.state_dict(),
            "random": torch.get_rng_state(),
            "random_gpu": torch.cuda.get_rng_state_all() if self.device.name.startswith("cuda") else [],
            "progress": asdict(self.progress),
        }
        path = self.folder / CHECKPOINT
        temporary = path.with_name(f".{path.name}.tmp")
        torch.save(state, temporary)
        os.replace(temporary, path)

    def resume(self) -> bool:
        """Goes on from the checkpoint, if there is one."""
        path = self.folder / CHECKPOINT
        if not path.is_file():
            (self.folder / LOG).unlink(missing_ok=True)
            return False
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.scaler.load_state_dict(state["scaler"])
        torch.set_rng_state(state["random"])
        if self.device.name.startswith("cuda") and state["random_gpu"]:
            torch.cuda.set_rng_state_all(state["random_gpu"])
        self.progress = Progress(**state["progress"])
        self._forget_later()
        return True

    def _forget_later(self) -> None:
        """Takes from the log what came after the checkpoint: it will be done, and told, again."""
        path = self.folder / LOG
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        path.write_text("".join(f"{line}\n" for line in lines if json.loads(line)["step"] <= self.progress.step), encoding="utf-8")


def _groups(model: GuardEncoder, weight_decay: float) -> list[dict[str, Any]]:
    """Weights decay, biases and norms do not."""
    matrices = [weight for weight in model.parameters() if weight.ndim > 1]
    others = [weight for weight in model.parameters() if weight.ndim <= 1]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def _rate(step: int, steps: int, warmup: float) -> float:
    rising = round(steps * warmup)
    if step < rising:
        return (step + 1) / (rising + 1)
    return max(0.0, (steps - step) / max(1, steps - rising))
