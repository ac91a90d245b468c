#!/usr/bin/env bash
# Runs the smoke variant of every experiment, makes its tables and figures, and compares it with Results/reference/smoke; then
# makes sure that published tables and documents are what the published records give.
#
#   bash Tests/Regression/smoke.sh             fails if a count, a checksum or a quality moved further than its rule allows
#   bash Tests/Regression/smoke.sh --record    makes the present results the reference, and fails as 'ldct check --record' does
#
# Seconds are informational. LDCT names the program (default: .build/release/ldct of this repository).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ldct="${LDCT:-.build/release/ldct}"
results=$(mktemp -d)
finish() {
    # shellcheck disable=SC2046 # a process a word
    kill $(jobs -rp) 2>/dev/null || true
    wait
    rm -rf "$results"
}
trap finish EXIT

# Two at a time: most of an experiment runs on one core.
ids=() runs=()
for file in Experiments/smoke/*.yaml; do
    while [ "$(jobs -rp | wc -l)" -ge 2 ]; do sleep 0.2; done
    "$ldct" run "$file" --results "$results" --quiet &
    runs+=($!)
    ids+=("$(basename "$file" .yaml)")
done
for run in "${runs[@]}"; do wait "$run"; done
# Not into README and notebooks: those show published results.
touch "$results/document.md"
"$ldct" report "${ids[@]}" --results "$results" --document "$results/document.md" >/dev/null
"$ldct" check "${ids[@]}" --results "$results" --reference Results/reference/smoke "$@"
"$ldct" report --check
