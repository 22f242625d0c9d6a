"""Where and in what precision a model runs, and how it is told to stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from types import FrameType

import torch

PRECISIONS = ("auto", "fp32", "bf16", "fp16")


@dataclass(frozen=True)
class Device:
    """A CPU or GPU, and the precision of the products on it. Weights are always 32 bits wide."""

    name: str
    precision: str

    @classmethod
    def of(cls, name: str = "auto", precision: str = "auto") -> Device:
        """With `auto`, the GPU if there is one; bf16 on GPUs that have it, fp16 on others, and fp32 on CPU."""
        if name == "auto":
            name = "cuda" if torch.cuda.is_available() else "cpu"
        if name.startswith("cuda") and not torch.cuda.is_available():
            raise ValueError(f"device {name}: torch finds no GPU")
        if precision == "auto":
            gpu = "bf16" if name.startswith("cuda") and torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
            precision = gpu if name.startswith("cuda") else "fp32"
        if precision == "fp16" and name == "cpu":
            raise ValueError("fp16 is for GPUs; a CPU takes fp32 or bf16")
        return cls(name, precision)

    def autocast(self) -> AbstractContextManager[None]:
        """Runs what is inside in the precision."""
        kind = torch.float16 if self.precision == "fp16" else torch.bfloat16
        return torch.autocast(self.name.split(":")[0], dtype=kind, enabled=self.precision != "fp32")

    def peak_mib(self) -> float | None:
        """The most memory that tensors took on the GPU."""
        return torch.cuda.max_memory_allocated(self.name) / 2**20 if self.name.startswith("cuda") else None


class Stop:
    """Whether someone asked to stop."""

    asked = False


@contextmanager
def stop_on_signal() -> Iterator[Stop]:
    """SIGINT and SIGTERM are noted inside, for the work to end where it can go on later; the second one ends it at once."""
    stop = Stop()

    def note(number: int, frame: FrameType | None) -> None:
        stop.asked = True
        signal.signal(number, before[number])
        print("\nstopping after this step; once more to stop at once", flush=True)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, note)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
