#!/usr/bin/env bash
# A whole run at N samples (default 100,000) beside what a user would write in Python, on the same machine in the same run.
#
#   bench/whole_run.sh [N]
#
# The baseline (Jinja2, MinHash by rensa, pyarrow, two processes) lies in the shared folder beside the checkout:
# GUARDSET_SHARED, or ../shared. Without it only guardset is measured, and that is said.
set -euo pipefail
cd "$(dirname "$0")/.."
rows=${1:-100000}
shared=${GUARDSET_SHARED:-../shared}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo build --release -q -p guardset
baseline=
if [ -f "$shared/bench/python_baseline.py" ]; then
    [ -x .venv-bench/bin/python ] || python3 -m venv .venv-bench
    .venv-bench/bin/pip -q install jinja2 pyarrow numpy rensa
    baseline=yes
else
    echo "no baseline: $shared/bench/python_baseline.py is not there; set GUARDSET_SHARED to measure it too"
fi

# Alternated, so that a busy spell of the machine meets both.
for round in 1 2 3; do
    if [ -n "$baseline" ]; then
        .venv-bench/bin/python "$shared/bench/python_baseline.py" --n "$rows" --dedup rensa --out "$work/python" | tail -1 >> "$work/python.txt"
        rm -rf "$work/python"
    fi
    rm -rf "$work/run"
    python3 bench/measure.py target/release/guardset generate --total "$rows" --output "$work/run" >> "$work/guardset.txt"
done
python3 bench/compare.py "$work/guardset.txt" "$work/run/manifest.json" "$work/python.txt"
