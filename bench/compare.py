"""Sets the runs of guardset beside those of the Python baseline: medians of wall and CPU time, rates, ratios."""

import json
import statistics
import sys
from pathlib import Path


def lines(path: str) -> list[dict]:
    file = Path(path)
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def main() -> None:
    runs, manifest, baseline = lines(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()), lines(sys.argv[3])
    rows = manifest["counts"]["accepted"]
    body = sum(shard["text_bytes"] for shard in manifest["shards"]) / 1e6
    columns = sum(shard.get("column_bytes", 0) for shard in manifest["shards"]) / 1e6
    print(f"{'':34}{'wall s':>8}{'CPU s':>8}{'rows/s':>9}{'text MB/s':>11}{'peak MiB':>10}")

    def line(name: str, wall: float, cpu: float, count: int, text: float, peak: float) -> None:
        print(f"{name:34}{wall:8.2f}{cpu:8.2f}{count / wall:9.0f}{text / wall:11.1f}{peak:10.0f}")

    wall = statistics.median(run["wall_s"] for run in runs)
    cpu = statistics.median(run["cpu_s"] for run in runs)
    peak = max(run["peak_mib"] for run in runs)
    line("guardset, body alone", wall, cpu, rows, body, peak)
    if columns:
        line("guardset, all text columns", wall, cpu, rows, columns, peak)
    if not baseline:
        return
    python_wall = statistics.median(run["wall_s"] for run in baseline)
    python_cpu = statistics.median(run["cpu_s"] for run in baseline)
    made, text = baseline[0]["n"], baseline[0]["text_mb"]
    line("Python: Jinja2, rensa, pyarrow", python_wall, python_cpu, made, text, max(run["worker_rss_mb"] for run in baseline))
    ratios = {"rows/s": rows / wall / (made / python_wall), "MB/s of body": body / wall / (text / python_wall)}
    if columns:
        ratios["MB/s of text written"] = columns / wall / (text / python_wall)
    print("ratio to the baseline: " + ", ".join(f"{value:.1f} in {name}" for name, value in ratios.items()))


if __name__ == "__main__":
    main()
