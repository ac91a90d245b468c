#!/usr/bin/env bash
# Microsoft SEAL transforms as we do, decrypts what we encrypted and computed, and is timed beside us on one layer.
#
#   bash Tests/Interoperation/seal.sh          the checks, and one layer of 96 to 96 channels three times
#
# Installs seal-python and numpy from PyPI into a virtual environment that is thrown away; skips itself with a message where that is not
# possible.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=Tests/Peers/python.sh
source Tests/Peers/python.sh

python_environment SEAL seal-python==4.4.0 numpy
tools="$(dirname "$(readlink -f "$(command -v swift)")")"
"$tools/clang" -std=gnu11 -O2 -shared -fPIC -I Sources/CSecretMemory/include -I Sources/CLatticeKernel \
    Sources/CSecretMemory/secret_memory.c Sources/CLatticeKernel/*.c -lm -o "$folder/liblattice.so"
"$folder/venv/bin/python" Tests/Interoperation/seal_peer.py "$folder/liblattice.so" check
"$folder/venv/bin/python" Tests/Interoperation/seal_peer.py "$folder/liblattice.so" time 3
