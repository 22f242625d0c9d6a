"""Fine-tunes a language model on a view with LoRA, and evaluates it: `guardset-finetune-llm RUN --view chat --model PATH --output DIR`.

Training is TRL's `SFTTrainer`, with the loss on the answer alone. docs/guards.md says what the folder holds and what a machine
needs. Ctrl-C ends it where the same command goes on later.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from guardset import report
from guardset.evaluate import tell
from guardset.evaluation import COLUMNS
from guardset.files import read_predictions, read_prompts
from guardset.run import SPLITS, load
from guardset.verdict import VIEWS

try:
    import torch
    from peft import LoraConfig, PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase, TrainerCallback, set_seed
    from transformers.trainer_utils import get_last_checkpoint
    from trl import SFTConfig, SFTTrainer

    from guardset.finetune import command
    from guardset.finetune import settings as kept
    from guardset.finetune.chats import chats, fitting
    from guardset.finetune.device import Device, Stop, stop_on_signal
    from guardset.finetune.generate import answer_all, read_answers
except ModuleNotFoundError as error:
    raise SystemExit(f"error: {error.name} is missing: pip install 'guardset[finetune]'") from None

ADAPTER = "adapter"
ANSWERS = "answers.jsonl"


@dataclass(frozen=True)
class Settings:
    """Every number that decides what a training gives."""

    max_length: int = 8192
    """Tokens of prompt and answer. Longer rows are left out of the training, and count as not answered in the tests."""
    epochs: int = 1
    batch: int = 1
    """Rows in memory at a time."""
    accumulate: int = 16
    """Batches per step of the optimiser."""
    learning_rate: float = 2e-4
    rank: int = 16
    """Of the adapter's matrices."""
    alpha: int = 32
    dropout: float = 0.05
    new_tokens: int = 256
    """At most so many tokens in an answer."""
    train_rows: int = 0
    """At most about so many rows of `train`, as whole pairs; 0: all."""
    validation_rows: int = 500
    test_rows: int = 0
    """The same for each test split."""
    seed: int = 0


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; 2 when something is wrong with what it was given, 130 when it was stopped."""
    return command.run(_parser(), argv, _run)


def _run(arguments: argparse.Namespace) -> bool:
    settings = command.settings_of(arguments, Settings)
    device = Device.of(arguments.device, arguments.precision)
    kept.keep(arguments.output, settings, model=arguments.model, view=arguments.view, precision=device.precision)
    tokenizer = AutoTokenizer.from_pretrained(arguments.model, local_files_only=True)
    if tokenizer.chat_template is None:
        raise ValueError(f"{arguments.model} has no chat template: take the model's instruct version, or add one to its tokeniser")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    started = time.perf_counter()
    with stop_on_signal() as stop:
        if not (arguments.output / ADAPTER).is_dir() and not train(arguments, settings, device, tokenizer, stop):
            return False
        trained = time.perf_counter()
        if not answer(arguments, settings, device, tokenizer, stop):
            return False
    count = evaluate(arguments)
    print(command.closing(device, trained - started, count, time.perf_counter() - trained))
    return True


def train(arguments: argparse.Namespace, settings: Settings, device: Device, tokenizer: PreTrainedTokenizerBase, stop: Stop) -> bool:
    """Trains to the end and writes the adapter; False if it was stopped."""
    data = {}
    for split, rows in (("train", settings.train_rows), ("validation", settings.validation_rows)):
        found = chats(arguments.run, arguments.view, split, rows, settings.seed)
        data[split] = fitting(found, tokenizer, settings.max_length)
        print(f"{split}: {len(data[split]):,} of {len(found):,} rows; the others are longer than {settings.max_length:,} tokens", flush=True)
    set_seed(settings.seed)
    model = _model(arguments.model, device)
    trainer = SFTTrainer(
        model=model,
        args=_config(arguments, settings, device),
        train_dataset=data["train"].remove_columns("id"),
        eval_dataset=data["validation"].remove_columns("id"),
        processing_class=tokenizer,
        peft_config=LoraConfig(r=settings.rank, lora_alpha=settings.alpha, lora_dropout=settings.dropout, target_modules="all-linear", task_type="CAUSAL_LM"),
        callbacks=[_StopAfterStep(stop)],
    )
    checkpoints = arguments.output / "checkpoints"
    last = get_last_checkpoint(checkpoints) if checkpoints.is_dir() else None
    if last:
        print(f"going on from {Path(last).name}", flush=True)
    trainer.train(resume_from_checkpoint=last)
    if stop.asked:
        return False
    # Under its name it is whole: that it is there says that the training is done.
    trainer.save_model(arguments.output / f".{ADAPTER}.tmp")
    os.replace(arguments.output / f".{ADAPTER}.tmp", arguments.output / ADAPTER)
    return True


def _config(arguments: argparse.Namespace, settings: Settings, device: Device) -> SFTConfig:
    return SFTConfig(
        output_dir=str(arguments.output / "checkpoints"),
        max_length=settings.max_length,
        completion_only_loss=True,
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch,
        per_device_eval_batch_size=settings.batch,
        gradient_accumulation_steps=settings.accumulate,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=10,
        logging_steps=10,
        eval_strategy="epoch",
        save_steps=arguments.save_every,
        save_total_limit=2,
        seed=settings.seed,
        bf16=device.precision == "bf16",
        fp16=device.precision == "fp16",
        use_cpu=device.name == "cpu",
        report_to=[],
        dataset_num_proc=None,
    )


class _StopAfterStep(TrainerCallback):
    """Saves and ends when it is asked to."""

    def __init__(self, stop: Stop) -> None:
        self.stop = stop

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if self.stop.asked:
            control.should_save = control.should_training_stop = True


def answer(arguments: argparse.Namespace, settings: Settings, device: Device, tokenizer: PreTrainedTokenizerBase, stop: Stop) -> bool:
    """Has the trained model answer the test splits; False if it was stopped."""
    model = PeftModel.from_pretrained(_model(arguments.model, device), arguments.output / ADAPTER).merge_and_unload().eval().to(device.name)
    held = set(load(arguments.run, arguments.view, columns=["split"])["split"].to_pylist())
    rows = [
        row
        for split in SPLITS
        if split.startswith("test") and split in held
        for row in chats(arguments.run, arguments.view, split, settings.test_rows, settings.seed)
    ]
    options = {"batch": arguments.answer_batch, "longest": settings.max_length, "new_tokens": settings.new_tokens}
    return answer_all(model, tokenizer, rows, arguments.output / ANSWERS, stop, **options)


def evaluate(arguments: argparse.Namespace) -> int:
    """Reads the answers in the format of the view, and writes predictions and evaluation."""
    path = arguments.output / ANSWERS
    records = list(read_answers(path))
    ids = [record["id"] for record in records]
    predictions = read_predictions(path, arguments.view, read_prompts(arguments.run, arguments.view, ids))
    rows = load(arguments.run, columns=COLUMNS)
    rows = rows.filter(pc.is_in(rows["id"], pa.array(ids, pa.string())))
    too_long = sum(record["too_long"] for record in records)
    evaluations = report.evaluate_splits(rows, predictions, replicates=arguments.replicates)
    print(report.summary(evaluations))
    print(f"{too_long:,} of {len(records):,} prompts were too long, and count as not answered")
    tell(evaluations, arguments.output, plots=arguments.plots)
    return len(records)


def _model(path: str, device: Device) -> PreTrainedModel:
    """The model as it was, in 16 bits on a GPU: it is not trained, only what is added to it."""
    width = torch.bfloat16 if device.precision == "bf16" else torch.float32
    return AutoModelForCausalLM.from_pretrained(path, dtype=width, local_files_only=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="guardset-finetune-llm", description="Fine-tunes a language model on a view of a run, and evaluates it.")
    parser.add_argument("--model", required=True, metavar="PATH", help="folder of a causal language model with a chat template, as transformers saves it")
    parser.add_argument("--view", choices=VIEWS, default="chat", help="format of prompt and answer (default: chat)")
    parser.add_argument("--save-every", type=int, default=100, metavar="STEPS", help="between checkpoints (default: 100)")
    parser.add_argument("--answer-batch", type=int, default=8, metavar="ROWS", help="answered at a time (default: 8)")
    command.add_arguments(parser, Settings)
    return parser


if __name__ == "__main__":
    sys.exit(main())
