#!/usr/bin/env bash
# Runs the smoke variant of every experiment and compares what it gives with Results/reference/smoke.
#
#   bash Tests/Regression/smoke.sh             fails if a count, a checksum or a quality moved further than its rule allows
#   bash Tests/Regression/smoke.sh --record    makes the present results the reference, and fails as 'ldct check --record' does
#
# Seconds are informational. LDCT names the program (default: .build/release/ldct of this repository).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ldct="${LDCT:-.build/release/ldct}"
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

ids=()
for file in Experiments/smoke/*.yaml; do
    id=$(basename "$file" .yaml)
    "$ldct" run "$file" --results "$results" --quiet
    ids+=("$id")
done
"$ldct" report "${ids[@]}" --results "$results" --readme "" >/dev/null
"$ldct" check "${ids[@]}" --results "$results" --reference Results/reference/smoke "$@"
