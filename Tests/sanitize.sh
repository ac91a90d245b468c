#!/usr/bin/env bash
# Runs the C kernels on all paths under AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer.
#
#   bash Tests/sanitize.sh [SEED]      without a seed a new one is drawn; it is printed
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The toolchain's own clang and linker; whatever else is installed may lack the sanitizers' run-time libraries.
tools="$(dirname "$(readlink -f "$(command -v swift)")")"
[[ -x "$tools/clang" ]] || { echo "error: no clang beside swift in $tools; expected a Swift toolchain" >&2; exit 2; }

build="$(mktemp -d)"
trap 'rm -rf "$build"' EXIT
options=(-std=gnu11 -O1 -g -fno-omit-frame-pointer -Wall -Wextra -fsanitize=address,undefined
    -fno-sanitize-recover=all -fuse-ld=lld)
"$tools/clang" "${options[@]}" -I Sources/CPaillierKernel -I Sources/CPaillierKernel/include \
    Sources/CPaillierKernel/*.c Tests/KernelC/kernel_test.c -lgmp -o "$build/kernel_test"
"$build/kernel_test" "$@"
"$tools/clang" "${options[@]}" -I Sources/CObliviousTransfer Sources/CObliviousTransfer/*.c \
    Tests/KernelC/oblivious_transfer_test.c -o "$build/oblivious_transfer_test"
"$build/oblivious_transfer_test" "$@"
