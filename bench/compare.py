"""Sets whole runs side by side: medians of wall and CPU time, rates, and the share of the floor. Prints Markdown.

    python3 bench/compare.py FOLDER       what bench/whole_run.sh measured: two.jsonl, one.jsonl, views.jsonl, python.jsonl, floor.jsonl
"""

import json
import statistics
import sys
from pathlib import Path


def lines(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def median(runs: list[dict], key: str) -> float:
    return statistics.median(run[key] for run in runs)


def main() -> None:
    work = Path(sys.argv[1])
    manifest = json.loads((work / "two/manifest.json").read_text())
    rows = manifest["counts"]["accepted"]
    body = sum(shard["text_bytes"] for shard in manifest["shards"]) / 1e6
    text = sum(shard["column_bytes"] for shard in manifest["shards"]) / 1e6
    runs = {name: lines(work / f"{name}.jsonl") for name in ("two", "one", "views", "python")}
    floor = lines(work / "floor.jsonl")[0]

    print(f"\n{rows:,} rows, {body / rows * 1e3:.1f} KB of body and {text / rows * 1e3:.1f} KB of text in all a row\n")
    print("| run | wall s | CPU s | rows/s | MB/s of body | MB/s of text | peak MiB | wall, each round |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")

    def line(name: str, key: str, count: int, body_mb: float, text_mb: float, peak: str) -> None:
        wall = median(runs[key], "wall_s")
        each = ", ".join(f"{run['wall_s']:.1f}" for run in runs[key])
        rates = f"{count / wall:,.0f} | {body_mb / wall:.1f} | {text_mb / wall:.1f}"
        print(f"| {name} | {wall:.1f} | {median(runs[key], 'cpu_s'):.1f} | {rates} | {max(run[peak] for run in runs[key])} | {each} |")

    line("guardset, two threads", "two", rows, body, text, "peak_mib")
    line("guardset, one thread", "one", rows, body, text, "peak_mib")
    line("guardset, two threads, with views", "views", rows, body, text, "peak_mib")
    wall = median(runs["two"], "wall_s")
    print(f"\n- Two threads are {median(runs['one'], 'wall_s') / wall:.2f} times as fast as one.")
    for threads, key in ((2, "two"), (1, "one")):
        rate, most = rows / median(runs[key], "wall_s"), floor[f"floor_rows_s_{threads}"]
        cpu = median(runs[key], "cpu_s") / rows * 1e6
        share = f"{rate / most:.0%} of the floor by wall, {floor['floor_us'][threads - 1] / cpu:.0%} by CPU"
        print(f"- On {threads} thread{'s'[: threads - 1]}: {share}; {rate:,.0f} of {most:,.0f} rows/s, {cpu:.0f} µs of CPU a row.")
    if not runs["python"]:
        return
    made, python_mb = runs["python"][0]["n"], runs["python"][0]["text_mb"]
    python_wall, python_cpu = median(runs["python"], "wall_s"), median(runs["python"], "cpu_s")
    cpu = median(runs["two"], "cpu_s")
    print(f"- Python (Jinja2, rensa, pyarrow, two processes): {made / python_wall:,.0f} rows/s, {python_mb / python_wall:.1f} MB/s, ", end="")
    print(f"{python_mb / made * 1e3:.1f} KB a row; {python_wall:.1f} s wall, {python_cpu:.1f} s CPU.")
    print("\n| guardset to Python, ratio | by wall | by CPU |\n| --- | ---: | ---: |")
    for name, ours, theirs in (("rows", rows, made), ("bytes of body", body, python_mb), ("bytes of text written", text, python_mb)):
        print(f"| {name} | {ours / wall / (theirs / python_wall):.1f} | {ours / cpu / (theirs / python_cpu):.1f} |")


if __name__ == "__main__":
    main()
