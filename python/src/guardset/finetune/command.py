"""What the two commands have in common: arguments, exit status, the closing line."""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from transformers.utils import logging

from guardset.finetune.device import PRECISIONS, Device

STOPPED = 130
"""The exit status of a training that can go on."""


def run(parser: argparse.ArgumentParser, argv: Sequence[str] | None, body: Callable[[argparse.Namespace], bool]) -> int:
    """Runs a command whose body tells whether it was finished; 2 when something is wrong with what it was given."""
    arguments = parser.parse_args(argv)
    logging.disable_progress_bar()
    try:
        finished = body(arguments)
    except (ValueError, KeyError, OSError) as error:
        print(f"error: {error.args[0] if isinstance(error, KeyError) else error}", file=sys.stderr)
        return 2
    if not finished:
        print(f"stopped; the same command goes on from {arguments.output}")
    return 0 if finished else STOPPED


def add_arguments(parser: argparse.ArgumentParser, settings: type) -> None:
    """Adds the arguments of both, and one for each setting."""
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a run")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for what comes out, and for going on later")
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1 ... (default: a GPU if there is one)")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto", help="of products (default: bf16 or fp16 on a GPU, fp32 on a CPU)")
    parser.add_argument("--replicates", type=int, default=1000, help="bootstrap draws for the intervals (default: 1000)")
    parser.add_argument("--no-plots", dest="plots", action="store_false", help="write the figures alone")
    for field in fields(settings):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default, help=f"default: {field.default}")


def settings_of(arguments: argparse.Namespace, settings: type) -> Any:
    """The settings that the arguments give."""
    return settings(**{field.name: getattr(arguments, field.name) for field in fields(settings)})


def closing(device: Device, trained: float, rows: int, answered: float) -> str:
    """Time in seconds and memory, in one line."""
    peak = device.peak_mib()
    gpu = "" if peak is None else f", on the GPU {peak:,.0f} MiB"
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"trained in {trained:.0f} s, {rows:,} rows answered in {answered:.0f} s, peak memory {own:,.0f} MiB{gpu}"
