#!/usr/bin/env bash
# Builds oneDNN's bridge alone, whichever generation is installed, and compares it with plain loops; prints names and times.
#
#   bash Tests/Portability/onednn.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=Experiments/setup.sh
source Experiments/setup.sh

clang="$(dirname "$(readlink -f "$(command -v swift)")")/clang"
[[ -x "$clang" ]] || ldct_fail "no clang beside swift; expected a Swift toolchain"
build="$(mktemp -d)"
trap 'rm -rf "$build"' EXIT
"$clang" -std=gnu11 -O2 -Wall -Wextra -I Sources/COneDNN -I Sources/COneDNN/include Sources/COneDNN/*.c \
    Tests/KernelC/onednn_test.c -ldnnl "$(gcc -print-file-name=libgomp.so)" -lm -o "$build/onednn_test"
"$build/onednn_test"
