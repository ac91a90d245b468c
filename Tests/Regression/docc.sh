#!/usr/bin/env bash
# Renders the documentation of the library products into .build/documentation/, one <product>.doccarchive each, and fails where DocC
# warns: of links that lead nowhere, of parameters that do not exist. Parameters that need no words have none, so that DocC's warning
# of them is left out. Needs a build (swift build -c release) and takes no other: symbols are read from its modules.
#
#   bash Tests/Regression/docc.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if ! command -v docc >/dev/null || [ ! -d .build/release/Modules ]; then
    echo "docc.sh: no docc on the PATH, or nothing built: the documentation is not rendered" >&2
    exit 0
fi

products=(Numerics Imaging Denoising Paillier Lattice PrivateDenoising)
output=.build/documentation
rm -rf "$output"
mkdir -p "$output"
options=(-Xcc -I/usr/include/hdf5/serial)
for map in Sources/C*/module.modulemap Sources/C*/include/module.modulemap .build/release/*.build/module.modulemap; do
    [ -f "$map" ] && options+=(-Xcc "-fmodule-map-file=$PWD/$map")
done
for folder in Sources/C*/include; do options+=(-Xcc "-I$PWD/$folder"); done

failed=0
for product in "${products[@]}"; do
    symbols="$output/$product.symbols"
    mkdir -p "$symbols"
    swift symbolgraph-extract -module-name "$product" -target "$(uname -m)-unknown-linux-gnu" -I .build/release/Modules \
        "${options[@]}" -minimum-access-level public -skip-inherited-docs -output-dir "$symbols"
    docc convert "Sources/$product/$product.docc" --additional-symbol-graph-dir "$symbols" --output-path "$output/$product.doccarchive" \
        >"$output/$product.log" 2>&1 || failed=1
    if grep -E -A2 '^(warning|error)' "$output/$product.log" | grep -v 'is missing documentation$' | grep -E -A1 '^(warning|error)'; then
        failed=1
    fi
done
if [ "$failed" -ne 0 ]; then
    echo "docc.sh: the documentation has warnings; expected none" >&2
    exit 1
fi
echo "docc.sh: ${#products[@]} products in $output" >&2
