#!/usr/bin/env bash
# From a clone to the first table: installs what is missing, builds, prepares data, runs the quickstart experiment.
#
#   bash Experiments/reproduce.sh                 the head CT of Debian's invesalius-examples
#   DATA=phantom bash Experiments/reproduce.sh    the built-in phantom; also what happens offline
#
# Whatever exists already is used again: packages, build, data, finished cells of the experiment.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source Experiments/setup.sh

readonly DATA_PACKAGE=invesalius-examples

ldct_setup
if [[ "${DATA:-}" != phantom && ! -f Data/head.h5 ]] && ! ldct_is_installed "$DATA_PACKAGE"; then
    echo "Installing $DATA_PACKAGE ..." >&2
    ldct_install "$DATA_PACKAGE" || echo "$DATA_PACKAGE cannot be had: using the built-in phantom instead." >&2
fi

echo "Building ..." >&2
ldct_build swift build -c release --product ldct
bash Experiments/prepare-data.sh

experiment=quickstart
if [[ "${DATA:-}" == phantom || ! -f Data/head.h5 ]]; then
    experiment=quickstart-phantom
    echo "These are results on a synthetic phantom, not on a CT scan." >&2
fi
ldct=.build/release/ldct
"$ldct" run "Experiments/$experiment.yaml"
"$ldct" report "$experiment"
echo "Records, settings, machine and images: $PWD/Results/$experiment" >&2
