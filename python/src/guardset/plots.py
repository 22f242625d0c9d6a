"""Plots of evaluations, as PNG and SVG: `guardset[plots]`.

Colours are those of Okabe and Ito, which colour-blind people tell apart; lines and marks differ in form as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
MARKS = ("o", "s", "^", "D", "v", "P")
GREY = "#666666"

FEW = 30
"""Rows that a slice must have to be drawn."""

SLICED = ("checkpoint", "length", "vector", "disguise")
"""The slices that are drawn."""

Found = dict[str, dict[str, Any]]


def draw(found: Found, folder: Path) -> list[Path]:
    """Writes every plot that the evaluations (by split) allow."""
    style = {"svg.hashsalt": "guardset", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    files = []
    with matplotlib.rc_context(style):
        for name, figure in _figures(found):
            for kind in ("png", "svg"):
                path = folder / f"{name}.{kind}"
                figure.savefig(path, dpi=150, metadata={"Date": None} if kind == "svg" else None)
                files.append(path)
    return files


def _figures(found: Found) -> Iterator[tuple[str, Figure]]:
    if any("curves" in one for one in found.values()):
        yield "ranking", _ranking(found)
    if any("reliability" in one for one in found.values()):
        yield "reliability", _reliability(found)
    yield "recall_by_class", _recall_by_class(found)
    slices = _slices(found)
    if slices is not None:
        yield "slices", slices


def _ranking(found: Found) -> Figure:
    """Receiver operating characteristic and precision over recall, with intervals."""
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for at, (name, one) in enumerate(found.items()):
        for axes, curve, title in ((left, "roc", "auroc"), (right, "precision", "auprc")):
            # At no recall there is no precision to speak of.
            told, grid = one["curves"][curve], one["curves"]["grid"]
            value = one["figures"][title]["value"]
            label = name if value is None else f"{name} ({value:.3f})"
            drawn = [(x, *point) for x, *point in zip(grid, told["value"], told["low"], told["high"]) if point[0] is not None and (x or curve == "roc")]
            axes.plot([p[0] for p in drawn], [p[1] for p in drawn], color=COLOURS[at], linestyle=LINES[at], label=label)
            band = [point for point in drawn if point[2] is not None]
            axes.fill_between([p[0] for p in band], [p[2] for p in band], [p[3] for p in band], color=COLOURS[at], alpha=0.12, linewidth=0)
        share = one["baselines"]["always_unsafe"]["auprc"]
        if share is not None:
            right.axhline(share, color=COLOURS[at], linestyle=LINES[at], linewidth=0.6)
    left.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    left.text(0.62, 0.56, "constant guard", color=GREY)
    for budget in (0.01, 0.05):
        left.axvline(budget, color=GREY, linewidth=0.8, linestyle=":")
        left.text(budget + 0.005, 1.02 if budget < 0.02 else 0.97, f"{budget:.0%}", color=GREY, fontsize=8)
    left.set(title="ROC (area)", xlabel="false-positive rate", ylabel="recall of unsafe", xlim=(0, 1), ylim=(0, 1.06))
    right.set(title="Precision over recall (area); thin: constant guards", xlabel="recall of unsafe", ylabel="precision", xlim=(0, 1), ylim=(0, 1.06))
    left.legend(loc="lower right", frameon=False)
    right.legend(loc="lower left", frameon=False)
    return figure


def _reliability(found: Found) -> Figure:
    """How often rows of a score are unsafe: on the diagonal, a score is a probability."""
    figure = Figure(figsize=(7.6, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    for at, (name, one) in enumerate(found.items()):
        bins, error = one.get("reliability", []), one["figures"].get("ece", {}).get("value")
        if bins:
            most = max(one["rows"] for one in bins)
            points = [one["score"] for one in bins], [one["unsafe"] for one in bins]
            axes.plot(*points, color=COLOURS[at], linestyle=LINES[at], linewidth=1, label=f"{name} (ECE {error:.3f})")
            # A mark on the edge is drawn whole.
            axes.scatter(*points, clip_on=False, s=[8 + 60 * one["rows"] / most for one in bins], color=COLOURS[at], marker=MARKS[at])
    axes.set(title="Reliability; marks grow with rows", xlabel="mean score", ylabel="share of unsafe rows", xlim=(0, 1), ylim=(0, 1))
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), frameon=False)
    return figure


def _recall_by_class(found: Found) -> Figure:
    """Recall of each class, and what drawing classes by their shares would give."""
    classes = list(dict.fromkeys(name for one in found.values() for name in one["recall_by_class"]))[::-1]
    figure = Figure(figsize=(2.6 + 2.6 * len(found), 0.7 + 0.27 * len(classes)), layout="constrained")
    panels = figure.subplots(1, len(found), sharey=True, squeeze=False)[0]
    for at, (axes, (name, one)) in enumerate(zip(panels, found.items())):
        told = one["recall_by_class"]
        kind = "class" if all("class" in values for values in told.values()) else "side"
        for place, label in enumerate(classes):
            if label not in told:
                continue
            recall, low, high = (told[label][kind][part] for part in ("value", "low", "high"))
            axes.barh(place, recall, height=0.7, color=COLOURS[at], alpha=0.75)
            if low is not None:
                axes.plot([low, high], [place, place], color="black", linewidth=1)
            unsafe = one["unsafe_rows"] / one["rows"]
            chance = told[label]["rows"] / one["rows"] if kind == "class" else 1 - unsafe if label == "appropriate" else unsafe
            axes.plot([chance, chance], [place - 0.4, place + 0.4], color=COLOURS[5], linewidth=2.5)
        axes.set(title=name, xlim=(0, 1), xlabel=f"recall ({'right class' if kind == 'class' else 'right side'})")
    panels[0].set_yticks(range(len(classes)), classes)
    figure.suptitle("Recall by class; orange: a guard that draws its answers by their shares", fontsize=10)
    return figure


def _slices(found: Found) -> Figure | None:
    """One figure over the slices: AUROC, or accuracy where there are no scores."""
    figure_name, title = ("auroc", "AUROC") if any("auroc" in one["figures"] for one in found.values()) else ("safety_awareness", "accuracy")
    values: dict[str, list[str]] = {}
    for name in SLICED:
        drawn = dict.fromkeys(value for one in found.values() for value, told in one["slices"].get(name, {}).items() if _can_be_drawn(told, figure_name))
        values |= {name: list(drawn)[::-1]} if drawn else {}
    if not values:
        return None
    figure = Figure(figsize=(11, 1.8 + 0.3 * max(map(len, values.values()))), layout="constrained")
    panels = figure.subplots(1, len(values), squeeze=False)[0]
    for axes, (name, of) in zip(panels, values.items()):
        for at, (split, one) in enumerate(found.items()):
            shift = 0.6 * ((at + 0.5) / len(found) - 0.5)
            for place, value in enumerate(of):
                told = one["slices"].get(name, {}).get(value)
                if told is None or not _can_be_drawn(told, figure_name):
                    continue
                figure_told = told["figures"][figure_name]
                axes.plot([figure_told["low"], figure_told["high"]], [place - shift] * 2, color=COLOURS[at], linewidth=1, alpha=0.6)
                axes.plot(figure_told["value"], place - shift, color=COLOURS[at], marker=MARKS[at], markersize=4, linestyle="none", clip_on=False)
        axes.set_yticks(range(len(of)), of)
        axes.set(title=name, xlabel=title, xlim=(0, 1), ylim=(-0.6, len(of) - 0.4))
        axes.grid(axis="x", color="#dddddd", linewidth=0.6)
        axes.axvline(0.5, color=GREY, linewidth=0.8)
    _legend(panels[0], found)
    return figure


def _can_be_drawn(told: dict[str, Any], figure: str) -> bool:
    """Small slices say nothing; they stand in the table."""
    return told["rows"] >= FEW and told["figures"].get(figure, {}).get("low") is not None


def _legend(axes: Axes, found: Found) -> None:
    for at, split in enumerate(found):
        axes.plot([], [], color=COLOURS[at], marker=MARKS[at], markersize=4, linestyle="none", label=split)
    axes.figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=len(found), frameon=False)
