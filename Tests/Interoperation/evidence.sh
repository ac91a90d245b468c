#!/usr/bin/env bash
# Evidence kits of every scheme and mode are checked by a program that shares no code with ours, and a changed byte is found.
#
# Installs numpy, h5py and phe from PyPI into a virtual environment that is thrown away; skips itself with a message where that is not
# possible. LDCT names the program (default: .build/release/ldct of this repository).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=Tests/Peers/python.sh
source Tests/Peers/python.sh

ldct="$(realpath "${LDCT:-.build/release/ldct}")"
[[ -x "$ldct" ]] || { echo "evidence: $ldct is missing; build it first: swift build -c release" >&2; exit 2; }
python_environment evidence numpy h5py phe==1.5.0

"$ldct" run Experiments/evidence.yaml --evidence "$folder/kits" --quiet
for kits in "$folder/kits" Results/reference/evidence; do
    "$ldct" verify "$kits" >/dev/null
    "$folder/venv/bin/python" Tests/Interoperation/verify.py "$kits" >"$folder/said"
    echo "evidence: $(wc -l <"$folder/said") kits of $kits hold" >&2
done

# One bit, in the middle of each file of one kit of each scheme: both programs find it.
for kit in paillier-linear lattice-client-aided cleartext-shared; do
    while IFS= read -r file; do
        cp "$file" "$folder/kept"
        "$folder/venv/bin/python" - "$file" <<'PYTHON'
import pathlib, sys

path = pathlib.Path(sys.argv[1])
data = bytearray(path.read_bytes())
data[len(data) // 2] ^= 1
path.write_bytes(data)
PYTHON
        for check in "$ldct verify" "$folder/venv/bin/python Tests/Interoperation/verify.py"; do
            status=0
            $check "$folder/kits/$kit" >/dev/null 2>&1 || status=$?
            [[ $status == 1 ]] || { echo "evidence: FAILED: '$check' ends with $status after a change of $file" >&2; exit 1; }
        done
        cp "$folder/kept" "$file"
    done < <(find "$folder/kits/$kit" -type f | sort)
done
echo "evidence: a changed bit is found in every file" >&2
