"""Fine-tunes an encoder on a run and evaluates it: `guardset-finetune-encoder RUN --model PATH --output DIR`.

docs/guards.md says what the folder holds and what a machine needs. Ctrl-C ends it where the same command goes on later.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from guardset import report
from guardset.evaluate import tell
from guardset.evaluation import COLUMNS, evaluate
from guardset.run import SPLITS, load

try:
    import torch

    from guardset.finetune import command
    from guardset.finetune import settings as kept
    from guardset.finetune.device import Device, stop_on_signal
    from guardset.finetune.guard import MODEL, EncoderGuard
    from guardset.finetune.loop import Training
    from guardset.finetune.model import pretrained, small
    from guardset.finetune.rows import Example, examples, facts_of, sample
    from guardset.finetune.settings import Settings
    from guardset.finetune.tokens import train_tokenizer
except ModuleNotFoundError as error:
    raise SystemExit(f"error: {error.name} is missing: pip install 'guardset[finetune]'") from None

LEARNT = ("id", "pair_id", "body", "unsafe", "label", "evidence")
"""The columns that are learnt from, and those that tell rows apart."""

SHAPE = ("layers", "width", "vocabulary", "tokenizer_rows")
"""The arguments that make a model from scratch."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; 2 when something is wrong with what it was given, 130 when it was stopped."""
    return command.run(_parser(), argv, _run)


def _run(arguments: argparse.Namespace) -> bool:
    settings = command.settings_of(arguments, Settings)
    device = Device.of(arguments.device, arguments.precision)
    shape = {name: getattr(arguments, name) for name in SHAPE} if arguments.from_scratch else {}
    kept.keep(arguments.output, settings, model=arguments.model, precision=device.precision, **shape)
    started = time.perf_counter()
    if not _train(arguments, settings, device):
        return False
    trained = time.perf_counter()
    count = _evaluate(arguments, EncoderGuard.load(arguments.output, device))
    print(command.closing(device, trained - started, count, time.perf_counter() - trained))
    return True


def _train(arguments: argparse.Namespace, settings: Settings, device: Device) -> bool:
    """False if it was stopped."""
    torch.manual_seed(settings.seed)
    table = sample(load(arguments.run, split="train", columns=LEARNT), settings.train_rows, settings.seed)
    if arguments.from_scratch:
        tokenizer = train_tokenizer(_some(table["body"].to_pylist(), arguments.tokenizer_rows), arguments.vocabulary)
        model = small(tokenizer, settings.max_tokens, arguments.layers, arguments.width)
    else:
        model, tokenizer = pretrained(arguments.model, settings.max_tokens)
    guard = EncoderGuard(model, tokenizer, settings, device)
    rows = list(examples(tokenizer, table, settings))
    held_out = sample(load(arguments.run, split="validation", columns=LEARNT), settings.validation_rows, settings.seed)
    looked_at = list(examples(tokenizer, held_out, settings))
    print(f"{sum(weight.numel() for weight in model.parameters()):,} weights, {device.precision} on {device.name}")
    for name, facts in (("train", facts_of(rows)), ("validation", facts_of(looked_at))):
        print(f"{name}: {_told(facts)}", flush=True)

    training = Training(model, rows, settings, arguments.output, device, tokenizer.pad_token_id)
    if training.resume():
        print(f"going on at step {training.progress.step:,} of {training.steps:,}")
    with stop_on_signal() as stop:
        return training.run(
            lambda: validate(guard, held_out, looked_at),
            lambda: guard.model.save(arguments.output / MODEL, tokenizer),
            stop,
            arguments.save_every,
        )


def validate(guard: EncoderGuard, table: pa.Table, rows: Sequence[Example]) -> dict[str, float]:
    """Figures of the validation rows: over classes, over sides, and over the tokens of the evidence."""
    answers = guard.answers([row.text for row in rows])
    found = evaluate(table, _with_ids(table, answers), slices=(), replicates=0)
    figures = {"macro_f1": "risk_resistance_18_macro_f1", "accuracy_18": "risk_resistance_18", "accuracy": "safety_awareness", "auroc": "auroc"}
    return {name: found[figure] for name, figure in figures.items()} | {"evidence_f1": _evidence_f1(rows, answers)}


def _evidence_f1(rows: Sequence[Example], answers: Sequence[dict[str, Any]]) -> float:
    """F1 over the tokens of which it is known whether they are evidence."""
    hits = marked = wanted = 0
    for row, answer in zip(rows, answers, strict=True):
        known = row.tags >= 0
        places = row.text.places[known]
        said = np.zeros(len(places), dtype=bool)
        for span in answer["evidence"]:
            said |= (places[:, 0] < span["end"]) & (places[:, 1] > span["start"])
        true = row.tags[known] == 1
        hits, marked, wanted = hits + int((said & true).sum()), marked + int(said.sum()), wanted + int(true.sum())
    return 2 * hits / max(1, marked + wanted)


def _evaluate(arguments: argparse.Namespace, guard: EncoderGuard) -> int:
    """Predicts the test splits, and writes predictions and evaluation."""
    columns = [*COLUMNS, "body"]
    held = load(arguments.run, columns=columns)
    parts = [sample(held.filter(pc.equal(held["split"], split)), guard.settings.test_rows, guard.settings.seed) for split in SPLITS if split.startswith("test")]
    rows = pa.concat_tables(parts)
    answers = guard.predict(rows["body"].to_pylist(), progress=True)
    predictions = pa.Table.from_pylist(list(_with_ids(rows, answers)))
    pq.write_table(predictions, arguments.output / "predictions.parquet")
    evaluations = report.evaluate_splits(rows, predictions, replicates=arguments.replicates)
    print(report.summary(evaluations))
    tell(evaluations, arguments.output, plots=arguments.plots)
    return len(predictions)


def _with_ids(rows: pa.Table, answers: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": id, **answer} for id, answer in zip(rows["id"].to_pylist(), answers, strict=True)]


def _some(texts: list[str], rows: int) -> list[str]:
    """About so many texts, evenly spaced."""
    return texts[:: max(1, len(texts) // rows)]


def _told(facts: dict[str, Any]) -> str:
    return (
        f"{facts['rows']:,} rows, {facts['tokens']:,} tokens; {facts['cut']:.0%} lose their middle, {facts['tagged_rows']:.0%} have evidence in sight "
        f"({facts['evidence_tokens']:.1%} of the tokens; of {facts['ignored_tokens']:.1%} it is not known)"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="guardset-finetune-encoder", description="Fine-tunes an encoder on a run, and evaluates it.")
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument("--model", metavar="PATH", help="folder of an encoder, as transformers saves it")
    start.add_argument("--from-scratch", action="store_true", help="start from random weights, with a tokeniser trained on the run")
    parser.add_argument("--layers", type=int, default=4, help="of a model from scratch (default: 4)")
    parser.add_argument("--width", type=int, default=256, help="the same: numbers per token (default: 256)")
    parser.add_argument("--vocabulary", type=int, default=16_000, help="the same: tokens (default: 16000)")
    parser.add_argument("--tokenizer-rows", type=int, default=4_000, help="the same: rows that its tokeniser is trained on (default: 4000)")
    parser.add_argument("--save-every", type=float, default=600, metavar="SECONDS", help="between checkpoints (default: 600)")
    command.add_arguments(parser, Settings)
    return parser


if __name__ == "__main__":
    sys.exit(main())
