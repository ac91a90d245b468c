#!/usr/bin/env bash
# The mutation tests at length: 10^6 inputs in all for the parsers in the process, 10^5 messages for the state machines, 10^4 sessions over
# TLS, 2 x 10^4 inputs for every parser in a child process. More than an hour of an idle machine; run once for a release.
#
#   bash Tests/mutations.sh [FACTOR [FIRST SEED]]        FACTOR 100 and seed 1 unless given
#
# Expects tests built as Tests/run.sh builds them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
factor="${1:-100}"
export LDCT_MUTATION_SEED="${2:-1}" HDF5_USE_FILE_LOCKING=FALSE
export LDCT_MUTATIONS_ISOLATED=$((factor * 200)) LDCT_MUTATIONS_TLS=$((factor * 100))

mutants() { # INPUTS OF EACH PARSER, then options of swift test
    LDCT_MUTATIONS="$1" swift test -c release --disable-testable-imports --skip-build "${@:2}" 2>&1 |
        grep --line-buffered -E 'mutants|✘|passed after|Test run|error:'
}
# Twelve parsers, of which most take half of the number.
mutants $((factor * 1500)) --filter '[Mm]utat' --skip MutatedMessageTests
# Four cases of so many, and a fifth of it for the mode of shares, whose every session begins with transfers on a curve.
mutants $((factor * 240)) --filter MutatedMessageTests
