"""Sets a data set of guardset beside real tool definitions and dialogues, and prints Markdown tables.

    .venv/bin/python bench/compare_real.py output/default ../shared/data/real_tools

`tools.jsonl` and `dialogues.jsonl` hold one JSON object a line: `{"source", "tool": {"name", "description", "inputSchema"}}` and
`{"source", "messages": [{"role", "content", ...}]}`. The texts of both sides are cut into words alike, and sets of equal size are compared.
"""

import argparse
import json
import random
import re
import sys
import tomllib
import zlib
from pathlib import Path

import pyarrow.parquet as parquet

SHOUTS = re.compile(r"\b(IMPORTANT|MUST|ALWAYS|NEVER|WARNING|CRITICAL|DO NOT|NOTE:)")
MCP_SOURCES = ("docker/mcp-registry", "github/github-mcp-server", "Accenture/mcp-bench", "modelcontextprotocol/servers")
TEXTS = 1000


def words(text):
    return re.findall(r"[^\W_]+", text.lower())


def quantiles(values):
    ordered = sorted(values)
    return [ordered[min(len(ordered) - 1, len(ordered) * q // 100)] for q in (10, 50, 90)] + [ordered[-1]]


def tool_figures(tools):
    schemas = [tool.get("inputSchema") or {} for tool in tools]
    parameters = [list((schema.get("properties") or {}).values()) for schema in schemas]
    flat = [one for many in parameters for one in many if isinstance(one, dict)]
    bare = sum(not one.get("description") for one in flat)
    return {
        "tools": f"{len(tools):,}",
        "words of a description, p10 / median / p90 / most": " / ".join(
            str(v) for v in quantiles([len(words(tool.get("description") or "")) for tool in tools])
        ),
        "parameters, p10 / median / p90 / most": " / ".join(str(v) for v in quantiles([len(p) for p in parameters])),
        "tools without a parameter": f"{sum(not p for p in parameters) / len(tools):.1%}",
        "parameters without a description": f"{bare / max(len(flat), 1):.1%}",
        "tools that shout": f"{sum(bool(SHOUTS.search(tool.get('description') or '')) for tool in tools) / len(tools):.1%}",
    }


def text_figures(texts, results, failed, failed_share):
    chosen = random.Random(1).sample(sorted(texts), min(TEXTS, len(texts)))
    grams = [pair for text in chosen for pair in zip(words(text), words(text)[1:])]
    packed = zlib.compress("\n".join(chosen).encode(), 9)
    out = {
        "user messages": f"{len(texts):,}",
        f"distinct-2 of {len(chosen):,} of them": f"{len(set(grams)) / max(len(grams), 1):.3f}",
        f"compression ratio (zlib 9) of {len(chosen):,} of them": f"{len(chr(10).join(chosen).encode()) / len(packed):.2f}",
        "words of one, p10 / median / p90 / most": " / ".join(str(v) for v in quantiles([len(words(text)) for text in texts])),
    }
    if results:
        out["characters of a result, p10 / median / p90 / most"] = " / ".join(f"{v:,}" for v in quantiles([len(r) for r in results]))
        out["failed calls"] = failed_share
    return out


def ours(run, seeds):
    tools = []
    for file in sorted(seeds.glob("*/servers/*.toml")):
        for tool in tomllib.loads(file.read_text())["tool"]:
            tools.append({"description": tool["description"], "inputSchema": json.loads(tool["input_schema"])})
    users, results, failed = set(), [], 0
    shards = sorted((run / "data/canonical").glob("*.parquet"))
    for shard in shards:
        for steps, role in zip(*(parquet.read_table(shard, columns=[c])[c].to_pylist() for c in ("steps", "pair_role"))):
            for step in json.loads(steps):
                if step["kind"] == "query":
                    users.add(step["text"])
                elif step["kind"] == "return" and role != "attack":
                    results.append(step["text"])
                    failed += step["error"]
    return tool_figures(tools), text_figures(users, results, failed, f"{failed / max(len(results), 1):.1%}")


def theirs(folder):
    lines = lambda name: [json.loads(line) for line in (folder / name).read_text().splitlines()]
    tools = [row["tool"] for row in lines("tools.jsonl") if row["source"].split(":")[0].startswith(MCP_SOURCES)]
    users, results, failed = set(), [], 0
    for dialogue in lines("dialogues.jsonl"):
        for message in dialogue["messages"]:
            content = message.get("content") or ""
            if message["role"] == "user":
                users.add(content)
            elif message["role"] in ("tool", "function"):
                results.append(content)
                failed += bool(re.search(r"\b(error|exception|failed|invalid)\b", content, re.I))
    return tool_figures(tools), text_figures(users, results, failed, f"{failed / max(len(results), 1):.1%} (by words such as error)")


def table(title, one, other):
    print(f"| {title} | guardset | real |\n| --- | ---: | ---: |")
    for key in dict.fromkeys([*one, *other]):
        print(f"| {key} | {one.get(key, '-')} | {other.get(key, '-')} |")
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of a run")
    parser.add_argument("real", type=Path, help="folder with tools.jsonl and dialogues.jsonl")
    parser.add_argument("--seeds", type=Path, default=Path(__file__).resolve().parent.parent / "seeds")
    arguments = parser.parse_args()
    for needed in (arguments.run / "manifest.json", arguments.real / "tools.jsonl", arguments.real / "dialogues.jsonl"):
        if not needed.is_file():
            sys.exit(f"{needed} is missing")
    mine, real = ours(arguments.run, arguments.seeds), theirs(arguments.real)
    table("tool definitions", mine[0], real[0])
    table("texts", mine[1], real[1])


if __name__ == "__main__":
    main()
