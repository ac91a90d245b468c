#!/usr/bin/env bash
# Prepares the patch file of the experiments in Data/ and prints its path on standard output.
#
#   bash Experiments/prepare-data.sh                the head CT of Debian's invesalius-examples -> Data/head.h5,
#                                                   or the phantom if that package cannot be had
#   DATA=phantom bash Experiments/prepare-data.sh   the built-in phantom -> Data/phantom.h5
#   SLICES=1 bash Experiments/prepare-data.sh       whole slices of it too, 256 x 256 -> Data/head-slices.h5
#   PHOTONS="5000 20000" bash Experiments/prepare-data.sh
#                                                   the head CT at these doses too -> Data/head-5000.h5, Data/head-20000.h5
#
# What exists is reused. LDCT names the program (default: .build/release/ldct of this repository).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=Experiments/setup.sh
source Experiments/setup.sh

ldct=${LDCT:-.build/release/ldct}
package=invesalius-examples
archive=/usr/share/doc/$package/examples/Cranium.inv3
say() { echo "$*" >&2; }

if [ ! -x "$ldct" ]; then
    say "prepare-data.sh: $ldct is missing; build it first: swift build -c release"
    exit 2
fi
mkdir -p Data

prepare_phantom() {
    if [ ! -f Data/phantom.h5 ]; then
        "$ldct" prepare phantom --patients 6 --slices-per-patient 16 --output Data/phantom.h5 >&2
    fi
    say "data: Data/phantom.h5, synthetic heads, not a real CT"
    echo Data/phantom.h5
}

install_package() {
    [ -f "$archive" ] && return 0
    command -v apt-get >/dev/null || return 1
    say "installing $package"
    # Slim images of Debian leave /usr/share/doc out of every package: the example would be missing although it is
    # installed.
    ldct_install --reinstall -o Dpkg::Options::=--path-include="/usr/share/doc/$package/*" "$package" || return 1
    [ -f "$archive" ]
}

# The head CT at $1 photons into $2; what follows are further options of ldct prepare.
prepare_head() {
    local folder photons="$1" output="$2"
    shift 2
    folder=$(mktemp -d Data/head.XXXXXX)
    # shellcheck disable=SC2064
    trap "rm -rf '$folder'" EXIT
    tar -xzf "$archive" -C "$folder" --strip-components=1 --wildcards '*/matrix.dat'
    # main.plist of the archive: 108 slices of 256 x 256 int16, 0.957 mm pixels, 1.5 mm apart.
    "$ldct" prepare volume "$folder/matrix.dat" --shape 108,256,256 --dtype int16 --spacing 1.5,0.957,0.957 \
        --photons "$photons" --source "head CT, Cranium.inv3 of Debian's $package (GPL-2)" --output "$output" "$@" >&2
    rm -rf "$folder"
}

case ${DATA:-head} in
    phantom) prepare_phantom ;;
    head)
        if [ -f Data/head.h5 ] || install_package; then
            [ -f Data/head.h5 ] || prepare_head 20000 Data/head.h5
            for photons in ${PHOTONS:-}; do
                [ -f "Data/head-$photons.h5" ] || { install_package && prepare_head "$photons" "Data/head-$photons.h5"; } ||
                    { say "prepare-data.sh: the package $package cannot be had"; exit 2; }
            done
            if [ -n "${SLICES:-}" ] && [ ! -f Data/head-slices.h5 ]; then
                install_package || { say "prepare-data.sh: the package $package cannot be had"; exit 2; }
                prepare_head 20000 Data/head-slices.h5 --patch-size 256 --stride 256 --least-body 0.2
            fi
            say "data: Data/head.h5, a real head CT with simulated low dose"
            echo Data/head.h5
        else
            say "prepare-data.sh: the package $package cannot be had; going on with the built-in phantom"
            prepare_phantom
        fi
        ;;
    *)
        say "prepare-data.sh: DATA is $DATA; expected head or phantom"
        exit 2
        ;;
esac
