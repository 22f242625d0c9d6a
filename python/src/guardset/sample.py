"""What the labels say of rows, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from guardset.classes import CLASSES, SAFE
from guardset.metrics import Ints


@dataclass(frozen=True)
class Sample:
    """The truth of rows, as numbers."""

    unsafe: NDArray[np.bool_]
    label: Ints
    cluster: Ints
    clusters: int
    pairs: tuple[Ints, Ints, NDArray[np.bool_]]
    """Positions of attacks and of their benign partners, and whether the partner is a look-alike."""

    @classmethod
    def of(cls, rows: pa.Table) -> Sample:
        names = rows["label"].to_pylist()
        unknown = sorted({str(name) for name in names} - set(CLASSES))
        if unknown:
            raise ValueError(f"no classes of the taxonomy: {', '.join(unknown)}; there are {', '.join(CLASSES)}")
        label = np.array([CLASSES.index(name) for name in names], dtype=np.int64)
        unsafe = label != CLASSES.index(SAFE)
        if "unsafe" in rows.column_names and not np.array_equal(unsafe, np.array(rows["unsafe"].to_pylist(), dtype=bool)):
            raise ValueError("columns `unsafe` and `label` contradict each other")
        family = rows["family"].to_pylist() if "family" in rows.column_names else range(len(label))
        _, cluster = np.unique(np.array(family), return_inverse=True)
        return cls(unsafe, label, cluster.astype(np.int64), int(cluster.max()) + 1, _pairs(rows, unsafe))

    def slice(self, kept: NDArray[np.bool_]) -> tuple[Sample, Ints]:
        """The same for some of the rows, without pairs; and which clusters they are of."""
        present, cluster = np.unique(self.cluster[kept], return_inverse=True)
        return Sample(self.unsafe[kept], self.label[kept], cluster, len(present), _NO_PAIRS), present


_NO_PAIRS = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0, dtype=bool)


def _pairs(rows: pa.Table, unsafe: NDArray[np.bool_]) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Each unsafe attack with each benign twin and look-alike of its pair at its checkpoint."""
    attacks: dict[Any, list[int]] = {}
    partners: list[tuple[Any, int, bool]] = []
    if {"pair_id", "pair_role", "checkpoint"} <= set(rows.column_names):
        columns = (rows[name].to_pylist() for name in ("pair_id", "pair_role", "checkpoint"))
        for at, (pair, role, checkpoint) in enumerate(zip(*columns, strict=True)):
            if pair is None:
                continue
            if role == "attack" and unsafe[at]:
                attacks.setdefault((pair, checkpoint), []).append(at)
            elif role in ("twin", "lookalike") and not unsafe[at]:
                partners.append(((pair, checkpoint), at, role == "lookalike"))
    found = [(attack, at, lookalike) for key, at, lookalike in partners for attack in attacks.get(key, ())]
    attack, partner, lookalike = zip(*found) if found else ((), (), ())
    return np.array(attack, dtype=np.int64), np.array(partner, dtype=np.int64), np.array(lookalike, dtype=bool)
