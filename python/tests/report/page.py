"""Builds a page from rows and the assets of the crate, as the crate does, so that the browser tests need no build of it."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

CRATE = Path(__file__).resolve().parents[3] / "crates" / "report"
ASSETS = CRATE / "assets"
FACETS = ("label", "vector", "effect", "checkpoint", "split", "domain", "pattern", "pair_role")
LEFT_OUT = ("messages", "n_chars", "n_tools", "n_steps", "taxonomy_version", "generator_version")

Row = dict[str, Any]


def page(data: dict[str, Any], static: str) -> str:
    """Fills the marks of page.html, all in one pass."""
    script = app()
    values = {
        "title": html.escape(data["title"]),
        "style": (ASSETS / "style.css").read_text(encoding="utf-8"),
        "script": script,
        "script-sha256": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "static": static,
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
    }
    template = (ASSETS / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{([a-z0-9-]+)\}\}", lambda mark: values[mark[1]], template)


def app() -> str:
    """The script, in the order in which the crate puts its files."""
    names = re.findall(r"assets/app/(\w+)\.js", (CRATE / "src" / "page.rs").read_text(encoding="utf-8"))
    assert sorted(names) == sorted(file.stem for file in (ASSETS / "app").glob("*.js"))
    files = [(ASSETS / "app" / f"{name}.js").read_text(encoding="utf-8") for name in names]
    return "\"use strict\";\n(() => {\n" + "".join(files) + "})();\n"


def data_of(rows: Iterable[Row], title: str = "A small run", compare: dict[str, Any] | None = None) -> dict[str, Any]:
    """The object that a page embeds; what rows share is written once."""
    shared: dict[str, list[Any]] = {"tools": [], "steps": [], "flows": [], "session": []}
    places: dict[tuple[str, str], int] = {}

    def place(name: str, value: Any) -> int:
        key = (name, json.dumps(value, ensure_ascii=False))
        if key not in places:
            places[key] = len(shared[name])
            shared[name].append(value)
        return places[key]

    samples = []
    for row in rows:
        sample = {key: value for key, value in row.items() if key not in LEFT_OUT}
        for name in ("tools", "steps", "flows"):
            sample[name] = [place(name, value) for value in row[name]]
        sample["session"] = place("session", row["session"])
        samples.append(sample)
    return {
        "title": title,
        "about": {"run": "5f0c", "rows": len(samples), "generator_version": "0.1.0", "taxonomy_version": "1.0.0"},
        "glance": [
            {"label": "Rows", "value": str(len(samples)), "state": "none", "note": ""},
            {"label": "Length probe", "value": "0.51", "state": "green", "note": "limit 0.55"},
            {"label": "Near duplicates", "value": "0.9 %", "state": "amber", "note": "limit 1 %"},
            {"label": "Tell-tale tokens", "value": "15", "state": "red", "note": "limit 0"},
        ],
        "facets": {facet: sorted({str(sample.get(facet) or "none") for sample in samples}) for facet in FACETS},
        "shared": shared,
        "samples": samples,
        "compare": compare,
    }


def chart(title: str = "Length by label", rows: int = 4) -> str:
    """A static part in the form that README.md beside the assets describes."""
    title = html.escape(title)
    bars = "".join(
        f'<rect x="120" y="{20 + 30 * n}" width="{90 * n + 40}" height="20" fill="var(--chart-{"un" if n % 2 else ""}safe)"/>'
        f'<text x="112" y="{35 + 30 * n}" text-anchor="end" font-size="13" fill="currentColor">bar {n}</text>'
        for n in range(rows)
    )
    cells = "".join(f'<tr><th scope="row">bar {n}</th><td class="number">{90 * n + 40}</td></tr>' for n in range(rows))
    return f"""<section id="charts" aria-labelledby="charts-title"><h2 id="charts-title">Pictures</h2><div class="charts">
<figure class="chart" id="chart-length"><figcaption><h3>{title}</h3><p class="note">A note.</p></figcaption>
<div class="scroll"><svg role="img" aria-label="{title}" viewBox="0 0 640 {30 * rows + 40}">{bars}</svg></div>
<details><summary>{title} as a table</summary><div class="scroll"><table><caption>{title}</caption>
<thead><tr><th scope="col">Bar</th><th scope="col">Rows</th></tr></thead><tbody>{cells}</tbody></table></div></details>
</figure></div></section>"""
