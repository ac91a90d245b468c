#!/usr/bin/env bash
# Runs the C kernels on all paths under AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer, and the lattice kernel
# under MemorySanitizer with its secrets marked, which shows that no branch and no address depends on them. The lattice kernel's
# AVX-512 path runs emulated, so that any processor will do, and where it has AVX-512 IFMA, as it is too.
#
#   bash Tests/sanitize.sh [SEED]      without a seed a new one is drawn; it is printed
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The toolchain's own clang and linker; whatever else is installed may lack the sanitizers' run-time libraries.
tools="$(dirname "$(readlink -f "$(command -v swift)")")"
[[ -x "$tools/clang" ]] || { echo "error: no clang beside swift in $tools; expected a Swift toolchain" >&2; exit 2; }

build="$(mktemp -d)"
trap 'rm -rf "$build"' EXIT
options=(-std=gnu11 -O1 -g -fno-omit-frame-pointer -Wall -Wextra "-fsanitize=address,undefined"
    -fno-sanitize-recover=all -fuse-ld=lld)
secrets=(-I Sources/CSecretMemory/include Sources/CSecretMemory/secret_memory.c)
"$tools/clang" "${options[@]}" "${secrets[@]}" -I Sources/CPaillierKernel -I Sources/CPaillierKernel/include \
    Sources/CPaillierKernel/*.c Tests/KernelC/kernel_test.c -lgmp -o "$build/kernel_test"
"$build/kernel_test" "$@"
"$tools/clang" "${options[@]}" "${secrets[@]}" -I Sources/CObliviousTransfer Sources/CObliviousTransfer/*.c \
    Tests/KernelC/oblivious_transfer_test.c -o "$build/oblivious_transfer_test"
"$build/oblivious_transfer_test" "$@"

# lattice NAME OPTIONS...: builds a test of the lattice kernel
lattice() {
    local name="$1"
    shift
    "$tools/clang" -std=gnu11 -O2 -g -fno-omit-frame-pointer -Wall -Wextra -fno-sanitize-recover=all -fuse-ld=lld \
        "${secrets[@]}" -I Sources/CLatticeKernel -I Sources/CLatticeKernel/include -I Tests/KernelC "$@" \
        Sources/CLatticeKernel/*.c "Tests/KernelC/$name.c" -lm -o "$build/$name"
}
lattice lattice_kernel_test -fsanitize=address,undefined -DLK_EMULATED
"$build/lattice_kernel_test" "$@"
if grep -q avx512ifma /proc/cpuinfo; then
    lattice lattice_kernel_test -fsanitize=address,undefined
    "$build/lattice_kernel_test" "$@"
fi
lattice lattice_secrets_test -fsanitize=memory -DLK_EMULATED
"$build/lattice_secrets_test"
if "$build/lattice_secrets_test" control >/dev/null 2>&1; then
    echo "error: a branch on a secret was not found" >&2
    exit 1
fi
