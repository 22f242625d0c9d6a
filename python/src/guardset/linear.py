"""A linear guard: hashed word n-grams, and a logistic regression for the side and one for the class.

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

from guardset.classes import CLASSES
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
    alpha: float = 1e-6
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
    classes: Floats
    """The same for each class of `CLASSES`: a row of zeros for one that was not seen."""
    seen: NDArray[np.bool_]

    @classmethod
    def fit(cls, texts: Sequence[str], unsafe: Sequence[bool], labels: Sequence[str], settings: Settings) -> LinearGuard:
        """Learns from texts with their sides and classes."""
        raw = settings.features(texts)
        rows = np.bincount(raw.indices, minlength=raw.shape[1])
        idf = (np.log((1 + raw.shape[0]) / (1 + rows)) + 1).astype(np.float32)
        features = _weighted(raw, idf)
        side = _regression(settings).fit(features, np.asarray(unsafe))
        number = np.array([CLASSES.index(label) for label in labels])
        named = _regression(settings).fit(features, number)
        weights = np.zeros((len(CLASSES), features.shape[1] + 1), dtype=np.float32)
        if len(named.classes_) == 2:
            raise ValueError("the rows hold two classes alone: there is nothing to tell apart but the side")
        weights[named.classes_] = _with_intercept(named)
        return cls(settings, idf, _with_intercept(side)[0], weights, np.isin(np.arange(len(CLASSES)), named.classes_))

    def predict(self, texts: Sequence[str]) -> Iterator[dict[str, Any]]:
        """`unsafe`, `score` (probability of unsafe) and `label` for each text."""
        for at in range(0, len(texts), _BATCH):
            features = _weighted(self.settings.features(texts[at : at + _BATCH]), self.idf)
            score = 1 / (1 + np.exp(-(features @ self.side[:-1] + self.side[-1]).astype(np.float64)))
            margin = features @ self.classes[:, :-1].T + self.classes[:, -1]
            label = np.where(self.seen, margin, -np.inf).argmax(1)
            yield from ({"unsafe": bool(p >= 0.5), "score": float(p), "label": CLASSES[c]} for p, c in zip(score, label))

    def save(self, folder: StrPath) -> None:
        """Writes `config.json` and `weights.npz`."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        config = {"guard": "linear", "classes": CLASSES, "settings": asdict(self.settings)}
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        np.savez_compressed(folder / "weights.npz", idf=self.idf, side=self.side, classes=self.classes, seen=self.seen)

    @classmethod
    def load(cls, folder: StrPath) -> LinearGuard:
        """Reads what `save` wrote."""
        path = Path(folder) / "config.json"
        config = json.loads(path.read_text(encoding="utf-8"))
        if config.get("guard") != "linear" or tuple(config["classes"]) != CLASSES:
            raise ValueError(f"{path} is no linear guard with the classes of this version")
        with np.load(Path(folder) / "weights.npz", allow_pickle=False) as kept:
            return cls(Settings(**config["settings"]), kept["idf"], kept["side"], kept["classes"], kept["seen"])


def _regression(settings: Settings) -> SGDClassifier:
    """Logistic regression, fitted by averaged stochastic gradient: minutes for 18 classes where a full solver takes hours."""
    return SGDClassifier(
        loss="log_loss", alpha=settings.alpha, max_iter=settings.epochs, tol=None, average=True, random_state=settings.seed, n_jobs=-1
    )


def _with_intercept(fitted: SGDClassifier) -> Floats:
    return np.hstack([fitted.coef_, fitted.intercept_[:, None]]).astype(np.float32)


def _weighted(features: sparse.csr_matrix, idf: Floats) -> sparse.csr_matrix:
    features.data *= idf[features.indices]
    return normalize(features, copy=False)
