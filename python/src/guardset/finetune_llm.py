"""Fine-tunes a language model on a view with LoRA, and evaluates it: `guardset-finetune-llm RUN --view chat --model PATH --output DIR`.

Training is TRL's `SFTTrainer`, with the loss on the answer alone. docs/guards.md says what the folder holds and what a machine
needs. Ctrl-C ends it where the same command goes on later.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import torch
from peft import LoraConfig, PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase, TrainerCallback
from transformers.trainer_utils import get_last_checkpoint
from trl import SFTConfig, SFTTrainer

from guardset import report
from guardset.evaluate import has_plots
from guardset.evaluation import COLUMNS
from guardset.files import read_predictions, read_prompts
from guardset.finetune import settings as kept
from guardset.finetune.chats import chats, fitting
from guardset.finetune.device import PRECISIONS, Device, Stop, stop_on_signal
from guardset.finetune.generate import answer_all, read_answers
from guardset.run import SPLITS, load
from guardset.verdict import VIEWS

ADAPTER = "adapter"
ANSWERS = "answers.jsonl"
STOPPED = 130
"""The exit status of a training that can go on."""


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
    arguments = _parser().parse_args(argv)
    try:
        return _run(arguments)
    except (ValueError, KeyError, OSError) as error:
        print(f"error: {error.args[0] if isinstance(error, KeyError) else error}", file=sys.stderr)
        return 2


def _run(arguments: argparse.Namespace) -> int:
    settings = Settings(**{field.name: getattr(arguments, field.name) for field in fields(Settings)})
    device = Device.of(arguments.device, arguments.precision)
    output: Path = arguments.output
    kept.keep(output, asdict(settings) | {"model": arguments.model, "view": arguments.view, "precision": device.precision})
    tokenizer = AutoTokenizer.from_pretrained(arguments.model, local_files_only=True)
    if tokenizer.chat_template is None:
        raise ValueError(f"{arguments.model} has no chat template: take the model's instruct version, or add one to its tokeniser")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    started = time.perf_counter()
    with stop_on_signal() as stop:
        finished = (output / ADAPTER).is_dir() or train(arguments, settings, device, tokenizer, stop)
        trained = time.perf_counter()
        finished = finished and answer(arguments, settings, device, tokenizer, stop)
    if not finished:
        print(f"stopped; the same command goes on from {output}")
        return STOPPED
    count = evaluate(arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    gpu = f", on the GPU {device.peak_mib():,.0f} MiB" if device.peak_mib() is not None else ""
    print(f"trained in {trained - started:.0f} s, {count:,} rows answered in {time.perf_counter() - trained:.0f} s, peak memory {peak:,.0f} MiB{gpu}")
    return 0


def train(arguments: argparse.Namespace, settings: Settings, device: Device, tokenizer: PreTrainedTokenizerBase, stop: Stop) -> bool:
    """Trains to the end and writes the adapter; False if it was stopped."""
    data = {}
    for split, rows in (("train", settings.train_rows), ("validation", settings.validation_rows)):
        found = chats(arguments.run, arguments.view, split, rows, settings.seed)
        data[split] = fitting(found, tokenizer, settings.max_length)
        print(f"{split}: {len(data[split]):,} of {len(found):,} rows; the others are longer than {settings.max_length:,} tokens", flush=True)
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
    trainer.train(resume_from_checkpoint=get_last_checkpoint(arguments.output / "checkpoints"))
    if stop.asked:
        return False
    trainer.save_model(arguments.output / ADAPTER)
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
        gradient_checkpointing=True,
        gradient_checkpointing_kwargs={"use_reentrant": False},
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
    rows = rows.filter(pc.is_in(rows["id"], pc.cast(ids, rows.schema.field("id").type)))
    too_long = sum(record["too_long"] for record in records)
    evaluations = report.evaluate_splits(rows, predictions, replicates=arguments.replicates)
    print(report.summary(evaluations))
    print(f"{too_long:,} of {len(records):,} prompts were too long, and count as not answered")
    for file in report.write(evaluations, arguments.output, plots=has_plots()):
        print(f"wrote {file}")
    return len(records)


def _model(path: str, device: Device) -> PreTrainedModel:
    """The model as it was, in 16 bits on a GPU: it is not trained, only what is added to it."""
    width = torch.bfloat16 if device.precision == "bf16" else torch.float32
    return AutoModelForCausalLM.from_pretrained(path, dtype=width, local_files_only=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="guardset-finetune-llm", description="Fine-tunes a language model on a view of a run, and evaluates it.")
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a run")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for the adapter, checkpoints, answers and evaluation")
    parser.add_argument("--model", required=True, metavar="PATH", help="folder of a causal language model with a chat template, as transformers saves it")
    parser.add_argument("--view", choices=VIEWS, default="chat", help="format of prompt and answer (default: chat)")
    parser.add_argument("--device", default="auto", help="cpu or cuda (default: a GPU if there is one)")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto", help="of products (default: bf16 or fp16 on a GPU, fp32 on a CPU)")
    parser.add_argument("--save-every", type=int, default=100, metavar="STEPS", help="between checkpoints (default: 100)")
    parser.add_argument("--answer-batch", type=int, default=8, metavar="ROWS", help="answered at a time (default: 8)")
    parser.add_argument("--replicates", type=int, default=1000, help="bootstrap draws for the intervals (default: 1000)")
    for field in fields(Settings):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default, help=f"default: {field.default}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
