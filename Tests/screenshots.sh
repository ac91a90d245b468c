#!/usr/bin/env bash
# Pictures of the report pages of published results, to be looked at: at 1440 and 390 pixels, light and dark.
#
#   bash Tests/screenshots.sh FOLDER            all published results
#   bash Tests/screenshots.sh FOLDER ID ...     some of them
#
# Needs chromium (a large download: apt-get install chromium); without it the script says so and ends. The pages are made in FOLDER,
# from copies of the records. LDCT names the program (default: .build/release/ldct of this repository).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder="${1:?usage: screenshots.sh FOLDER [ID ...]}"
shift
ldct="$(realpath "${LDCT:-.build/release/ldct}")"
chromium="$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)"
if [[ -z "$chromium" ]]; then
    echo "screenshots.sh: skipped; expected chromium on the PATH" >&2
    exit 0
fi

mkdir -p "$folder/Results"
folder="$(realpath "$folder")"
profile="$(mktemp -d)"
trap 'rm -rf "$profile"' EXIT
if [[ $# == 0 ]]; then
    for records in Results/reference/*/records.jsonl*; do set -- "$@" "$(basename "$(dirname "$records")")"; done
fi

# shoot PAGE NAME
shoot() {
    local width scheme
    for width in 1440 390; do
        for scheme in light dark; do
            "$chromium" --headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$profile" \
                --window-size="$width,4000" --blink-settings=preferredColorScheme="$([[ $scheme == dark ]] && echo 0 || echo 1)" \
                --screenshot="$folder/$2-$width-$scheme.png" "file://$1" >/dev/null 2>&1
            echo "$folder/$2-$width-$scheme.png"
        done
    done
}

for id in "$@"; do
    rm -rf "$folder/Results/$id"
    cp -r "Results/reference/$id" "$folder/Results/$id"
    "$ldct" report "$id" --results "$folder/Results" --html >/dev/null
    shoot "$folder/Results/$id/report.html" "$id"
done
shoot "$folder/Results/index.html" index
