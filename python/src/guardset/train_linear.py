"""Trains the linear guard on a run and evaluates it: `guardset-train-linear RUN --output DIR`."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from guardset import report
from guardset.evaluate import tell
from guardset.evaluation import COLUMNS
from guardset.run import SPLITS, StrPath, load

try:
    from guardset.linear import LinearGuard, Settings
except ModuleNotFoundError as error:
    raise SystemExit(f"error: {error.name} is missing: pip install 'guardset[train]'") from None

SCORED = tuple(split for split in SPLITS if split.startswith("test"))
"""The splits that a guard is evaluated on."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; 2 when something is wrong with what it was given."""
    arguments = _parser().parse_args(argv)
    settings = Settings(**{field.name: getattr(arguments, field.name) for field in fields(Settings)})
    try:
        started = time.perf_counter()
        guard = train(arguments.run, settings)
        guard.save(arguments.output)
        trained = time.perf_counter()
        rows = load(arguments.run, columns=[*COLUMNS, "body"])
        rows = rows.filter(pc.is_in(rows["split"], pa.array(SCORED)))
        predictions = predict(guard, rows)
    except (ValueError, KeyError, OSError) as error:
        print(f"error: {error.args[0] if isinstance(error, KeyError) else error}", file=sys.stderr)
        return 2
    pq.write_table(predictions, arguments.output / "predictions.parquet")
    predicted = time.perf_counter()
    evaluations = report.evaluate_splits(rows, predictions, replicates=arguments.replicates)
    print(report.summary(evaluations))
    tell(evaluations, arguments.output, plots=arguments.plots)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"trained in {trained - started:.0f} s, {rows.num_rows:,} rows predicted in {predicted - trained:.0f} s, peak memory {peak:,.0f} MiB")
    return 0


def train(run_dir: StrPath, settings: Settings) -> LinearGuard:
    """Fits a guard to the split `train` of a run."""
    table = load(run_dir, split="train", columns=["body", "label"])
    return LinearGuard.fit(table["body"].to_pylist(), table["label"].to_pylist(), settings)


def predict(guard: LinearGuard, rows: pa.Table) -> pa.Table:
    """The guard's answers to rows, by `id`."""
    answers = guard.predict(rows["body"].to_pylist())
    return pa.Table.from_pylist([{"id": id, **answer} for id, answer in zip(rows["id"].to_pylist(), answers, strict=True)])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="guardset-train-linear", description="Trains a linear guard on a run, and evaluates it.")
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a run")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for the guard, its predictions and its evaluation")
    parser.add_argument("--replicates", type=int, default=1000, help="bootstrap draws for the intervals (default: 1000)")
    parser.add_argument("--no-plots", dest="plots", action="store_false", help="write the figures alone")
    for field in fields(Settings):
        parser.add_argument(f"--{field.name}", type=type(field.default), default=field.default, help=f"default: {field.default}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
