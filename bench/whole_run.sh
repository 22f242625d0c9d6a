#!/usr/bin/env bash
# Whole runs beside what a user would write in Python and beside the floor of the same bytes, on one machine in one go. Prints Markdown.
#
#   bench/whole_run.sh [N ...]        N samples (default 100000; 1000000 takes a quarter of an hour, 10000000 a disk of 80 GB)
#   ROUNDS=3                          rounds, alternated; medians count
#
# guardset runs without views (all columns of the canonical rows) on two threads and on one, and once a round with the views of guardset.toml.
# The baseline (Jinja2, MinHash by rensa, pyarrow, two processes) lies in the shared folder beside the checkout:
# GUARDSET_SHARED, or ../shared. Without it only guardset is measured, and that is said.
set -euo pipefail
cd "$(dirname "$0")/.."
shared=${GUARDSET_SHARED:-../shared}
rounds=${ROUNDS:-3}
baseline=$shared/bench/python_baseline.py
python=.venv-bench/bin/python
[ $# -gt 0 ] || set -- 100000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# GUARDSET names a program that is built already.
[ -n "${GUARDSET:-}" ] || cargo build --release -q -p guardset
guardset=${GUARDSET:-${CARGO_TARGET_DIR:-target}/release/guardset}
sed 's/^names = .*/names = []/' guardset.toml > "$work/rows.toml"
if [ -f "$baseline" ]; then
    [ -x $python ] || python3 -m venv .venv-bench
    .venv-bench/bin/pip -q --disable-pip-version-check install jinja2 pyarrow numpy rensa
else
    echo "no baseline: $baseline is not there; set GUARDSET_SHARED to measure it too"
fi

# Takes a name, a recipe and the number of threads.
measure() {
    rm -rf "$work/$1"
    python3 bench/measure.py "$guardset" --recipe "$2" generate --total "$rows" --threads "$3" --output "$work/$1" >> "$work/$1.jsonl"
}

for rows in "$@"; do
    rm -f "$work"/*.jsonl
    # Alternated, so that a busy spell of the machine meets all.
    for _ in $(seq "$rounds"); do
        if [ -f "$baseline" ]; then
            $python "$baseline" --n "$rows" --dedup rensa --out "$work/python" | tail -1 >> "$work/python.jsonl"
            rm -rf "$work/python"
        fi
        measure one "$work/rows.toml" 1
        measure views guardset.toml 2
        measure two "$work/rows.toml" 2
    done
    cargo bench -q --workspace --exclude guardset-report --bench floor -- "$work/two" > "$work/floor.txt"
    sed '$d' "$work/floor.txt"
    tail -1 "$work/floor.txt" > "$work/floor.jsonl"
    python3 bench/compare.py "$work"
done
