#!/usr/bin/env bash
# Checks that the C and C++ targets have nothing in them that only x86 understands: each file is parsed and type-checked for
# aarch64. Nothing is linked or run.
#
#   bash Tests/Portability/aarch64.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=Experiments/setup.sh
source Experiments/setup.sh

clang="$(dirname "$(readlink -f "$(command -v swift)")")/clang"
[[ -x "$clang" ]] || ldct_fail "no clang beside swift; expected a Swift toolchain"
# The C library's headers differ from processor to processor; those of other libraries that are used here do not.
libc=/usr/aarch64-linux-gnu/include
if [[ ! -d "$libc" ]] && ! ldct_install libc6-dev-arm64-cross; then
    echo "skipped: libc6-dev-arm64-cross cannot be installed" >&2
    exit 0
fi
machine="$(gcc -print-multiarch)"
cxx="$(g++ -dumpversion)"
common=(--target=aarch64-linux-gnu -fsyntax-only -Wall -Wextra -nostdlibinc)
after=(-isystem "$libc" -idirafter "/usr/include/$machine" -idirafter /usr/include)
# Headers of targets that others stand on, and HDF5's, which keeps them in a folder of its own.
shared=(-I Sources/CIsolation/include -I Sources/CSecretMemory/include)
for include in $(pkg-config --cflags-only-I hdf5-serial); do shared+=(-idirafter "${include#-I}"); done
before=(-isystem "/usr/include/c++/$cxx" -isystem "/usr/include/$machine/c++/$cxx")

failed=0 count=0
for target in Sources/C*/; do
    for file in "$target"*.c "$target"*.cpp; do
        [[ -f "$file" ]] || continue
        count=$((count + 1))
        if [[ "$file" == *.cpp ]]; then
            "$clang" -x c++ -std=c++17 "${common[@]}" -I "$target" -I "$target/include" "${shared[@]}" "${before[@]}" "${after[@]}" "$file"
        else
            "$clang" -std=gnu11 "${common[@]}" -I "$target" -I "$target/include" "${shared[@]}" "${after[@]}" "$file"
        fi || failed=$((failed + 1))
    done
done
echo "aarch64: $((count - failed)) passed, $failed failed" >&2
((count > 0 && failed == 0))
