"""Tells how good a guard's predictions are: `guardset-evaluate RUN --predictions FILE`.

docs/guards.md says what the files hold and how to read the figures.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from guardset import report
from guardset.evaluation import COLUMNS, Evaluation
from guardset.files import read_mcip, read_predictions, read_prompts
from guardset.run import SPLITS, load, views
from guardset.verdict import VIEWS


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; 2 when something is wrong with what it was given."""
    arguments = _parser().parse_args(argv)
    try:
        _run(arguments)
    except (ValueError, KeyError, OSError) as error:
        print(f"error: {error.args[0] if isinstance(error, KeyError) else error}", file=sys.stderr)
        return 2
    return 0


def _run(arguments: argparse.Namespace) -> None:
    rows, predictions = _read(arguments)
    options = {name: getattr(arguments, name) for name in ("threshold", "drop_unparsed", "subset", "replicates", "seed")}
    evaluations = report.evaluate_splits(rows, predictions, **options)
    print(report.summary(evaluations) if len(evaluations) > 1 else next(iter(evaluations.values())).table())
    tell(evaluations, arguments.output or arguments.predictions.parent, plots=arguments.plots)


def tell(evaluations: Mapping[str, Evaluation], folder: Path, plots: bool) -> None:
    """Writes the evaluations and says where; plots where they are wanted and matplotlib is there."""
    drawn = plots and importlib.util.find_spec("matplotlib") is not None
    for path in report.write(evaluations, folder, plots=drawn):
        print(f"wrote {path}")
    if plots and not drawn:
        print("no plots: install guardset[plots] for them")


def _read(arguments: argparse.Namespace) -> tuple[pa.Table, list[dict[str, Any]]]:
    if arguments.rows.is_file():
        return read_mcip(arguments.rows), read_predictions(arguments.predictions, arguments.view)
    rows = load(arguments.rows, columns=COLUMNS)
    if arguments.view in views(arguments.rows):
        # A format that lacks some classes has no rows of them.
        rows = rows.filter(pc.is_in(rows["id"], load(arguments.rows, arguments.view, columns=["id"])["id"].combine_chunks()))
    prompts = read_prompts(arguments.rows, arguments.view, rows["id"].to_pylist())
    predictions = read_predictions(arguments.predictions, arguments.view, prompts)
    if arguments.split:
        return rows.filter(pc.is_in(rows["split"], pa.array(arguments.split))), predictions
    return report.predicted(rows, predictions), predictions


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="guardset-evaluate", description="Tells how good a guard's predictions are.")
    parser.add_argument("rows", type=Path, metavar="RUN", help="folder of a run; or a file of MCIP's data, with body and label")
    parser.add_argument("--predictions", type=Path, required=True, metavar="FILE", help="JSONL, JSON, CSV or Parquet: id and any of unsafe, score, label, text")
    parser.add_argument("--view", choices=VIEWS, help="the format of raw answers in `text`")
    parser.add_argument("--split", action="append", choices=SPLITS, help="may be repeated; default: the splits that were predicted")
    parser.add_argument("--output", type=Path, metavar="DIR", help="where the files go; default: beside the predictions")
    parser.add_argument("--no-plots", dest="plots", action="store_false", help="write the figures alone")
    parser.add_argument("--threshold", type=float, default=0.5, help="score from which a row is unsafe, where the guard does not say (default: 0.5)")
    parser.add_argument("--drop-unparsed", action="store_true", help="leave out rows whose answer could not be parsed, as MCIP's script does")
    parser.add_argument("--subset", action="store_true", help="leave out rows without a prediction")
    parser.add_argument("--replicates", type=int, default=1000, help="bootstrap draws for the intervals (default: 1000)")
    parser.add_argument("--seed", type=int, default=0, help="seed of these draws (default: 0)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
