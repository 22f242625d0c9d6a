"""Reads the runs of guardset, and tells how good a guard trained on them is.

A run is the folder that `guardset generate` wrote. `load` gives a table, `rows` gives dicts, `resolve` finds the text
that a piece of evidence points into:

    for row in guardset.rows("output/smoke", split="train"):
        for evidence in row["evidence"]:
            text = guardset.resolve(row, evidence["pointer"])
            assert text[evidence["start"]:evidence["end"]] == evidence["text"]

`guardset.evaluation.evaluate` holds a guard's answers against the labels; `guardset.verdict.parse_verdict` reads the
answers of language models.
"""

from guardset.pointer import resolve
from guardset.run import JSON_COLUMNS, SPLITS, load, normalise, rows, shards, views

__all__ = ["JSON_COLUMNS", "SPLITS", "load", "normalise", "resolve", "rows", "shards", "views"]
__version__ = "0.1.0"
