"""How much planted contamination `guardset decontaminate` finds, by kind of disguise.

    python bench/decontamination.py GUARDSET RUN BENCHMARK.jsonl [OPTIONS OF guardset decontaminate]

Texts of a benchmark with `messages` (those of users) are planted in rows of a copy of RUN, one text in a row, each kind of
disguise in rows of its own; the other rows and the other texts are the controls. Prints recall and precision per kind. Needs
pyarrow.
"""

import collections
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

PER_KIND = 200
SYNONYMS = {
    "the": "this", "a": "one", "find": "locate", "get": "fetch", "show": "display", "give": "hand", "want": "wish", "need": "require",
    "please": "kindly", "help": "assist", "can": "could", "what": "which", "buy": "purchase", "make": "create", "big": "large",
    "and": "plus", "also": "too", "for": "regarding", "in": "within", "with": "using", "to": "towards", "my": "our", "is": "seems",
}
FILLERS = ["really", "certain", "given", "such", "some", "other", "quite", "plain"]
BEFORE = "Good morning, before I forget it, a colleague left me the following line on a sheet of paper."
AFTER = "That is all it says, and I do not know more about it; the sheet goes back into the drawer tonight."


def swapped(text: str, share: float) -> str:
    """Exchanges every n-th word, by the list where it knows one."""
    words = text.split()
    step = round(1 / share)
    for at in range(step // 2, len(words), step):
        words[at] = SYNONYMS.get(words[at].lower(), FILLERS[at % len(FILLERS)])
    return " ".join(words)


def punctuated(text: str) -> str:
    return " -- ".join(text.replace(",", ";").replace(".", "!").replace("'", "\u2019").split("; ")) + " ..."


KINDS: dict[str, Callable[[str], str]] = {
    "verbatim": lambda text: text,
    "lower case": str.lower,
    "punctuation": punctuated,
    "invisible characters": lambda text: "\u200b".join(text),
    "5 % of words": lambda text: swapped(text, 0.05),
    "10 % of words": lambda text: swapped(text, 0.10),
    "15 % of words": lambda text: swapped(text, 0.15),
    "20 % of words": lambda text: swapped(text, 0.20),
    "embedded": lambda text: f"{BEFORE} {text} {AFTER}",
    "embedded, 5 % of words": lambda text: f"{BEFORE} {swapped(text, 0.05)} {AFTER}",
    "embedded, 10 % of words": lambda text: f"{BEFORE} {swapped(text, 0.10)} {AFTER}",
    "short": lambda text: text,
    "short, embedded": lambda text: f"{BEFORE} {text} {AFTER}",
}


def main(guardset: str, run: str, benchmark: str, *options: str) -> None:
    texts: dict[str, list[int]] = collections.defaultdict(list)
    for number, line in enumerate(open(benchmark, encoding="utf-8"), 1):
        for message in json.loads(line)["messages"]:
            if message["role"] == "user" and message["content"]:
                texts[message["content"]].append(number)
    draw = random.Random(1)
    length = {text: len("".join(c if c.isalnum() else " " for c in text).split()) for text in texts}
    pools = {True: [t for t in texts if 6 <= length[t] < 13], False: [t for t in texts if 13 <= length[t] <= 150]}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "run"
        shutil.copytree(run, copy)
        shard = sorted((copy / "data/canonical").glob("train-*.parquet"))[0]
        table = pq.read_table(shard)
        rows = table.select(["id", "messages", "body"]).to_pylist()
        places = iter(draw.sample(range(len(rows)), len(rows)))
        planted: dict[str, tuple[str, str]] = {}
        for kind, change in KINDS.items():
            pool = pools[kind.startswith("short")]
            for text in draw.sample(pool, min(PER_KIND, len(pool))):
                row = rows[next(places)]
                row["messages"].append({"role": "user", "content": change(text)})
                row["body"] += change(text) + "\n"
                planted[row["id"]] = (kind, text)
        for column in ("messages", "body"):
            at = table.schema.get_field_index(column)
            kept = table.schema.field(at)
            table = table.set_column(at, kept, pa.array([row[column] for row in rows], kept.type))
        pq.write_table(table, shard, store_schema=False)
        command = [guardset, "decontaminate", str(copy), "--against", benchmark, "--column", "messages.content", *options]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        print(done.stdout)
        lines = [json.loads(line) for line in open(copy / "contamination.jsonl", encoding="utf-8")]
    found = collections.defaultdict(set)
    for line in lines:
        found[line["id"]].add((line["benchmark_row"], line["kind"]))
    print("| planted | rows | found | recall | right text | as |\n| --- | ---: | ---: | ---: | ---: | --- |")
    for kind in KINDS:
        ids = [id for id, (of, _) in planted.items() if of == kind]
        hits = [id for id in ids if found[id]]
        right = sum(any(row in texts[planted[id][1]] for row, _ in found[id]) for id in hits)
        ways = collections.Counter(way for id in hits for way in {way for _, way in found[id]})
        how = ", ".join(f"{way} {count}" for way, count in sorted(ways.items()))
        print(f"| {kind} | {len(ids)} | {len(hits)} | {len(hits) / max(1, len(ids)):.3f} | {right} | {how} |")
    wrong = [id for id, hits in found.items() if hits and id not in planted]
    print(f"\n{len(rows) - len(planted)} rows of the shard and all other shards are controls; found among them: {len(wrong)}")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
