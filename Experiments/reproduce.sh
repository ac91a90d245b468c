#!/usr/bin/env bash
# From a clone to the first table: installs what is missing, builds, prepares data, runs the quickstart experiment.
#
#   bash Experiments/reproduce.sh                 the head CT of Debian's invesalius-examples
#   DATA=phantom bash Experiments/reproduce.sh    the built-in phantom; also what happens offline
#
# Whatever exists already is used again: packages, build, data, finished cells of the experiment.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=Experiments/setup.sh
source Experiments/setup.sh

ldct_setup
echo "Building ..." >&2
ldct_build swift build -c release
data="$(bash Experiments/prepare-data.sh)"

experiment=quickstart
if [[ "$data" == *phantom* ]]; then
    experiment=quickstart-phantom
    echo "These will be results on a synthetic phantom, not on a CT scan." >&2
fi
ldct=.build/release/ldct
"$ldct" run "Experiments/$experiment.yaml"
ldct_gnuplot
# README.md and the notebooks keep the published figures.
"$ldct" report "$experiment"
echo "Records, settings, machine and images: $PWD/Results/$experiment" >&2
