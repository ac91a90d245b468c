#!/usr/bin/env bash
# The attack suite on the small networks, measured from nothing: seconds of every experiment and of all together.
#
#   bash Experiments/leakage.sh [RESULTS]     RESULTS: folder of its results, Results/leakage unless given
#
# Needs Data/head.h5 (Experiments/prepare-data.sh) and .build/release/ldct. Results there are moved aside, not lost.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

results="${1:-Results/leakage}"
total=0
for id in ciphertexts filters envelope positions network linear randomness answers malicious summary; do
    start=$(date +%s)
    .build/release/ldct run "Experiments/leakage-$id.yaml" --results "$results" --force --quiet
    seconds=$(($(date +%s) - start))
    total=$((total + seconds))
    printf 'leakage-%-12s %5d s\n' "$id" "$seconds"
done
printf '%-20s %5d s, on %d processors\n' 'the whole suite' "$total" "$(nproc)"
