"""A linear guard: hashed word n-grams, a logistic regression for the side, and one per class among the unsafe rows.

It is the guard to beat, and it shows what of a data set can be told from words alone. What is learnt is kept as
plain numbers: loading a guard runs no code of its file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.preprocessing import normalize

from guardset.classes import SAFE
from guardset.run import StrPath

Floats = NDArray[np.float32]

_BATCH = 2048
"""Texts that are turned into features at a time."""


@dataclass(frozen=True)
class Settings:
    """How texts become features, and how the guard is fitted."""

    analyzer: str = "word"
    """`word`, or `char_wb` for n-grams of characters within words."""
    shortest: int = 1
    longest: int = 2
    bits: int = 18
    """Features are hashed into 2^bits places."""
    strength: float = 50.0
    """Inverse of regularisation, as scikit-learn's `C`: the more, the closer to the rows of `train`."""
    epochs: int = 10
    seed: int = 0

    def features(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """One row per text: the logarithm of each n-gram's count."""
        hashing = HashingVectorizer(
            analyzer=self.analyzer,
            ngram_range=(self.shortest, self.longest),
            n_features=2**self.bits,
            alternate_sign=False,
            norm=None,
            dtype=np.float32,
        )
        parts = [hashing.transform(texts[at : at + _BATCH]) for at in range(0, len(texts), _BATCH)]
        found = sparse.vstack(parts, format="csr")
        found.data = np.log1p(found.data)
        return found


@dataclass(frozen=True)
class LinearGuard:
    """A fitted guard."""

    settings: Settings
    idf: Floats
    side: Floats
    """Weights of unsafe, and the intercept as the last one."""
    kinds: Floats
    """The same for each class of `risks`."""
    risks: NDArray[np.str_]
    """The classes of the unsafe rows that it has seen."""

    @classmethod
    def fit(cls, texts: Sequence[str], labels: Sequence[str], settings: Settings) -> LinearGuard:
        """Learns from texts with their classes."""
        label = np.array(labels)
        unsafe = label != SAFE
        if len(set(label[unsafe])) < 3 or unsafe.all():
            raise ValueError("a guard needs safe rows, and unsafe ones of three classes at least, to learn from")
        features = settings.features(texts)
        rows = np.bincount(features.indices, minlength=features.shape[1])
        idf = (np.log((1 + len(texts)) / (1 + rows)) + 1).astype(np.float32)
        features = _weighted(features, idf)
        side = _regression(settings, len(texts)).fit(features, unsafe)
        kind = _regression(settings, int(unsafe.sum())).fit(features[unsafe], label[unsafe])
        return cls(settings, idf, _with_intercept(side)[0], _with_intercept(kind), kind.classes_)

    def predict(self, texts: Sequence[str]) -> Iterator[dict[str, Any]]:
        """`unsafe`, `score` (probability of unsafe) and `label` for each text."""
        for at in range(0, len(texts), _BATCH):
            features = _weighted(self.settings.features(texts[at : at + _BATCH]), self.idf)
            score = 1 / (1 + np.exp(-(features @ self.side[:-1] + self.side[-1]).astype(np.float64)))
            kind = (features @ self.kinds[:, :-1].T + self.kinds[:, -1]).argmax(1)
            for p, risk in zip(score.tolist(), self.risks[kind].tolist(), strict=True):
                yield {"unsafe": p >= 0.5, "score": p, "label": risk if p >= 0.5 else SAFE}

    def save(self, folder: StrPath) -> None:
        """Writes `config.json` and `weights.npz`."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        config = {"guard": "linear", "risks": self.risks.tolist(), "settings": asdict(self.settings)}
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        np.savez_compressed(folder / "weights.npz", idf=self.idf, side=self.side, kinds=self.kinds)

    @classmethod
    def load(cls, folder: StrPath) -> LinearGuard:
        """Reads what `save` wrote."""
        path = Path(folder) / "config.json"
        config = json.loads(path.read_text(encoding="utf-8"))
        if config.get("guard") != "linear":
            raise ValueError(f"{path} is no linear guard")
        with np.load(Path(folder) / "weights.npz", allow_pickle=False) as kept:
            return cls(Settings(**config["settings"]), kept["idf"], kept["side"], kept["kinds"], np.array(config["risks"]))


def _regression(settings: Settings, rows: int) -> SGDClassifier:
    """Logistic regression by stochastic gradient, one class against the rest: a minute or two where other solvers take many."""
    alpha = 1 / (settings.strength * rows)
    return SGDClassifier(loss="log_loss", alpha=alpha, max_iter=settings.epochs, tol=None, random_state=settings.seed, n_jobs=-1)


def _with_intercept(fitted: SGDClassifier) -> Floats:
    return np.hstack([fitted.coef_, fitted.intercept_[:, None]]).astype(np.float32)


def _weighted(features: sparse.csr_matrix, idf: Floats) -> sparse.csr_matrix:
    features.data *= idf[features.indices]
    return normalize(features, copy=False)
