#!/usr/bin/env bash
# The mutation tests at length: 10^6 inputs for every parser in the process, 2 x 10^4 for every one in a child process.
#   bash Tests/mutations.sh [in-process inputs] [isolated inputs] [first seed]
# Messages of sessions over TLS are a hundredth of the first number. Run once for a release; the normal tests run some 10^4 in all. Expects a finished `swift build --build-tests`.
set -eu
cd "$(dirname "$0")/.."
export LDCT_MUTATIONS="${1:-1000000}" LDCT_MUTATIONS_ISOLATED="${2:-20000}" LDCT_MUTATION_SEED="${3:-1}"
export LDCT_MUTATIONS_TLS=$((LDCT_MUTATIONS / 100))
swift test -c release --disable-testable-imports --filter '[Mm]utat' 2>&1 | grep -E 'mutants|✘|Test run|error:'
