"""Deduplication beside what Python has for it: the same corpus, the same machine, in turns. Prints a Markdown table.

    python3 bench/dedup.py [--rows 100000] [--rounds 3] [--memory BYTES] [--only-ours] [--folder DIR]

The corpus with known near-duplicates, its truth and the runs of rensa (verified, word 5-grams) and datasketch (16 bands of 8) come from
the shared folder beside the checkout: GUARDSET_SHARED, or ../shared. Their packages go into .venv-bench. Speeds are medians of
the rounds and leave out loading the texts; a ratio compares what ran in the same round, and the median of these is printed.
"""

import argparse
import ast
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("GUARDSET_SHARED", ROOT.parent / "shared")).resolve() / "bench"
PYTHON = ROOT / ".venv-bench/bin/python"
PACKAGES = ["jinja2", "pyarrow", "numpy", "rensa", "datasketch", "xxhash"]
NAMES = {"guardset": "guardset", "rensa_r5": "rensa, verified", "datasketch_16x8": "datasketch"}


def output(*command: object) -> str:
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout


def python(script: str, *arguments: object) -> str:
    return output(PYTHON, "-B", SHARED / script, *arguments)


def make_corpus(folder: Path, rows: int) -> None:
    if not (folder / "truth.npz").exists():
        python("workload.py", "corpus", "--n", rows, "--out", folder)
        python("truth.py", folder)


def ours(folder: Path, memory: int | None) -> dict:
    with tempfile.NamedTemporaryFile(suffix=".txt") as removed:
        limit = ["--memory", memory] if memory is not None else []
        bench = ["cargo", "bench", "--quiet", "-p", "guardset-dedup", "--bench", "corpus", "--"]
        run = json.loads(output(*bench, folder, "--removed", removed.name, *limit))
        score = python("truth.py", folder, "score", removed.name).split(" ", 1)[1]
    return run | {"score": ast.literal_eval(score)}


def measure(tool: str, folder: Path, memory: int | None) -> dict:
    return ours(folder, memory) if tool == "guardset" else json.loads(python("bench_dedup.py", "run", tool, "--dir", folder, "--repeat", 1))


def line(name: str, runs: list[dict], own: list[dict]) -> str:
    last = runs[-1]
    score, middle = last["score"], lambda key: statistics.median(run[key] for run in runs)
    ratio = lambda key: statistics.median(mine[key] / run[key] for mine, run in zip(own, runs))
    cells = [name, f"{middle('docs_s'):,.0f}", f"{middle('docs_per_cpu_s'):,.0f}", f"{ratio('docs_s'):.1f}", f"{ratio('docs_per_cpu_s'):.1f}",
             f"{middle('peak_above_load_mb'):,.0f}", f"{last['removed']:,}", f"{score['recall']:.4f}", f"{score['recall_0.80']:.4f}",
             f"{score['fp_near']:,}", f"{score['fp_far']:,}"]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, help="bytes from which on the index of guardset goes to disk")
    parser.add_argument("--only-ours", action="store_true", help="leave the packages out")
    parser.add_argument("--folder", type=Path, help="where the corpus is kept (default: a folder that is removed)")
    options = parser.parse_args()
    if not (SHARED / "workload.py").is_file():
        sys.exit(f"nothing was measured: {SHARED}/workload.py, which makes the corpus, is not there; GUARDSET_SHARED names the folder")
    if not PYTHON.exists():
        venv.create(PYTHON.parent.parent, with_pip=True)
    output(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES)
    output("cargo", "bench", "--quiet", "-p", "guardset-dedup", "--bench", "corpus", "--no-run")
    tools = ["guardset"] if options.only_ours else list(NAMES)
    with tempfile.TemporaryDirectory() as scratch:
        folder = (options.folder or Path(scratch)).resolve()
        make_corpus(folder, options.rows)
        runs: dict[str, list[dict]] = {tool: [] for tool in tools}
        for _ in range(options.rounds):
            for tool in tools:
                runs[tool].append(measure(tool, folder, options.memory))
    index = runs["guardset"][-1]
    print("| tool | docs/s | docs per CPU-s | guardset is faster | per CPU-s | peak MB above texts | removed | recall | at 0.80-0.85 "
          "| false, J 0.7-0.8 | false, J < 0.7 |\n| --- " + "| ---: " * 10 + "|")
    for tool in tools:
        print(line(NAMES[tool], runs[tool], runs["guardset"]))
    print(f"\n{index['docs']:,} documents, {options.rounds} rounds in turn; {score_line(index['score'])}. "
          f"Index: {index['index_bytes_per_row']} bytes of memory a document, {index['spilled_mb']} MB on disk.")


def score_line(score: dict) -> str:
    return f"{score['ideal_removed']:,} should go, {score['n_near']:,} are near misses of 0.7 to 0.8"


if __name__ == "__main__":
    main()
