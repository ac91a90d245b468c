#!/usr/bin/env bash
# SecretFlow SPU's CHEETAH beside mode shared: one ReLU layer and one 96 to 96 linear layer on shares, and half gates, counted.
#
#   bash Tests/Peers/spu.sh           both layers
#   bash Tests/Peers/spu.sh relu      the ReLU alone, which needs little memory
#   DOCUMENT=Notebooks-md/shared.md bash ...    also fills the lines between its markers <!-- spu -->
#
# Ours comes from `.build/release/ldct run` on one random patch: its layer conv2 has 96 to 96 channels and 56x56 outputs, and the same
# run's records tell seconds and bytes of every message. CPU seconds of both parties; a table on standard output. Installs spu from PyPI into a
# virtual environment that is thrown away; skips itself with a line where spu or, for the linear layer, 20 GB of memory are missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=Experiments/fill.sh
source Experiments/fill.sh
[ -z "${DOCUMENT:-}" ] || fill_check spu "$DOCUMENT"

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
skip() {
    echo "SPU: skipped, $*" >&2
    exit 0
}
what="${1:-all}"
[ -x .build/release/ldct ] || skip "there is no .build/release/ldct"
if [ "$what" = all ]; then
    free="$(awk '/MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)"
    [ "$free" -ge 20 ] || skip "$free GB of memory are free, 20 expected for the linear layer; 'relu' needs less"
fi
python="${SPU_PYTHON:-}"
if [ -z "$python" ]; then
    command -v python3 >/dev/null || skip "there is no python3"
    python3 -m venv "$folder/venv" >/dev/null 2>&1 || skip "python3 cannot make virtual environments (package python3-venv)"
    "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --timeout 20 spu==0.9.5 >/dev/null 2>&1 ||
        skip "spu 0.9.5 cannot be installed from PyPI (Python 3.11 expected)"
    python="$folder/venv/bin/python"
fi
cat >"$folder/ours.yaml" <<'YAML'
id: ours
title: One patch, for its layers.
data: {random: 64, patches: 1}
seed: 1
threads: 1
cases:
  - mode: shared
    scheme: lattice
    weights: Experiments/weights/10-relu.h5
YAML
.build/release/ldct run "$folder/ours.yaml" --results "$folder/results" --quiet >/dev/null
"$python" Tests/Peers/spu_peer.py "$what" "$folder"/results/ours/records.jsonl | tee "$folder/output" | grep '^|' >"$folder/table.md" || { cat "$folder/output" >&2; exit 1; }
cat "$folder/table.md"
[ -n "${DOCUMENT:-}" ] || exit 0
{
    cat "$folder/table.md"
    echo
    echo "Measured $(date -u +%F), commit $(git rev-parse --short HEAD), $(nproc) cores: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)."
} >"$folder/part.md"
fill_between spu "$DOCUMENT" "$folder/part.md"
