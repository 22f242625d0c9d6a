"""An evaluation as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

FIGURES = {
    "safety_awareness": "Safety awareness (accuracy, safe or unsafe)",
    "safety_awareness_macro_f1": "Safety awareness, macro-F1",
    "risk_resistance_11": "Risk resistance (accuracy, MCIP's 11 classes)",
    "risk_resistance_11_macro_f1": "Risk resistance, macro-F1",
    "risk_resistance_10": "Risk classes only (accuracy, MCIP's 10)",
    "risk_resistance_10_macro_f1": "Risk classes only, macro-F1",
    "risk_resistance_18": "All classes (accuracy, 18)",
    "risk_resistance_18_macro_f1": "All classes, macro-F1",
    "recall": "Recall of unsafe",
    "precision": "Precision of unsafe",
    "f1": "F1 of unsafe",
    "false_positive_rate": "False-positive rate",
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "recall_at_fpr_1": "Recall at 1 % false positives",
    "recall_at_fpr_5": "Recall at 5 % false positives",
    "fpr_at_recall_90": "False positives at 90 % recall",
    "fpr_at_recall_95": "False positives at 95 % recall",
    "pair_accuracy": "Pairs: attack and partner both right",
    "pair_accuracy_twin": "Attack and twin both right",
    "pair_accuracy_lookalike": "Attack and look-alike both right",
    "pair_ranking": "Pairs: the attack scores higher",
    "pair_ranking_twin": "Higher than the twin",
    "pair_ranking_lookalike": "Higher than the look-alike",
    "ece": "Calibration error (ECE)",
    "brier": "Brier score",
}
"""Every figure with its title, in the order of the table."""

LOWER_IS_BETTER = {"false_positive_rate", "fpr_at_recall_90", "fpr_at_recall_95", "ece", "brier"}
"""Of all others, more is better."""

BASELINES = {"always_unsafe": "always unsafe", "always_safe": "always safe", "majority_class": "majority"}
"""The guards that do not look, with their titles."""


def table(found: dict[str, Any]) -> str:
    """Figures beside baselines, recall by class, slices."""
    parts = [_head(found), _figures(found), _classes(found)]
    parts += [_slice(name, values) for name, values in found["slices"].items()]
    return "\n\n".join(parts) + "\n"


def summary(found: dict[str, dict[str, Any]]) -> str:
    """Several evaluations side by side: value, interval, and the best of the baselines behind a slash."""
    shown = [figure for figure in FIGURES if any(figure in one["figures"] for one in found.values())]
    rows = [["Rows (families)", *(f"{one['rows']:,} ({one['families']:,})" for one in found.values())]]
    rows += [["Unparsed answers", *(f"{one['unparsed']['share']:.1%}" for one in found.values())]]
    rows += [[FIGURES[figure], *(_beside_best(one, figure) for one in found.values())] for figure in shown]
    note = "Brackets: intervals. Behind the slash: the best guard that answers the same to everything."
    return markdown(["figure", *found], rows) + f"\n\n{note}\n"


def _beside_best(one: dict[str, Any], figure: str) -> str:
    if figure not in one["figures"]:
        return "-"
    constant = [value for told in one["baselines"].values() if (value := told[figure]) is not None]
    best = min(constant, default=None) if figure in LOWER_IS_BETTER else max(constant, default=None)
    return f"{interval(one['figures'][figure])} / {number(best)}"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; all columns but the first are aligned to the right."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def interval(figure: dict[str, float | None]) -> str:
    """A value with its interval: `0.812 [0.790, 0.834]`."""
    low, high = figure["low"], figure["high"]
    return number(figure["value"]) + (f" [{number(low)}, {number(high)}]" if low is not None and high is not None else "")


def number(value: float | None) -> str:
    """Three digits behind the point, or a dash."""
    return "-" if value is None else f"{value:.3f}"


def _head(found: dict[str, Any]) -> str:
    unparsed, settings = found["unparsed"], found["settings"]
    fate = "left out" if unparsed["dropped"] else "counted as wrong"
    return (
        f"{found['rows']:,} rows ({found['unsafe_rows']:,} unsafe) of {found['families']:,} families. "
        f"Unparsed answers: {unparsed['rows']:,} ({unparsed['share']:.1%}), {fate}. "
        f"Brackets: {settings['level']:.0%} intervals, families drawn {settings['replicates']:,} times."
    )


def _figures(found: dict[str, Any]) -> str:
    rows = [
        [FIGURES[name], interval(found["figures"][name]), *(number(found["baselines"][baseline][name]) for baseline in BASELINES)]
        for name in FIGURES
        if name in found["figures"]
    ]
    return markdown(["figure", "guard", *BASELINES.values()], rows)


def _classes(found: dict[str, Any]) -> str:
    classes = found["recall_by_class"]
    kinds = {"class": "right class", "side": "right side"}
    shown = [kind for kind in kinds if any(kind in told for told in classes.values())]
    rows = [[f"`{name}`", f"{told['rows']:,}", *(interval(told[kind]) for kind in shown)] for name, told in classes.items()]
    return markdown(["recall by class", "rows", *(kinds[kind] for kind in shown)], rows)


def _slice(name: str, values: dict[str, Any]) -> str:
    shown = [figure for figure in FIGURES if any(figure in told["figures"] for told in values.values())]
    rows = [
        [value, f"{told['rows']:,}", f"{told['families']:,}", *(interval(told["figures"][figure]) for figure in shown)]
        for value, told in values.items()
    ]
    return markdown([name, "rows", "families", *(FIGURES[figure] for figure in shown)], rows)
