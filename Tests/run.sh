#!/usr/bin/env bash
# Installs what is missing, then runs every check: formatting, scripts, all tests in release mode, interoperation.
#
#   bash Tests/run.sh                    everything
#   bash Tests/run.sh --filter Name      only the tests whose name matches; any option of swift test
#   bash Tests/run.sh --sanitize         also the C kernel under AddressSanitizer and UndefinedBehaviorSanitizer
#   bash Tests/run.sh --cluster          also sweeps on a Slurm of two nodes, which it installs
#   bash Tests/run.sh --load             also a server under load, and full disks
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=Experiments/setup.sh
source Experiments/setup.sh

sanitize=false
cluster=false
load=false
arguments=()
for argument in "$@"; do
    case "$argument" in
    --sanitize) sanitize=true ;;
    --cluster) cluster=true ;;
    --load) load=true ;;
    *) arguments+=("$argument") ;;
    esac
done

ldct_setup
ldct_gnuplot

echo "== Format" >&2
swift format lint --strict --recursive Sources Tests Package.swift

echo "== Scripts" >&2
if command -v shellcheck >/dev/null || ldct_install shellcheck; then
    mapfile -t scripts < <(find .ci Experiments Tests -name '*.sh' -o -path .ci/run | sort)
    shellcheck --external-sources --source-path=. "${scripts[@]}"
else
    echo "shellcheck cannot be installed: the scripts are not checked" >&2
fi

echo "== Tests" >&2
# Release, because big-number code without optimisation is slow. No test uses @testable; without it tests and
# programs share every object file, with it each would rebuild what the other built. The check of imports looks at test
# targets too, and changes no object file.
imports=(--explicit-target-dependency-import-check error)
ldct_build swift build -c release "${imports[@]}"
# HDF5 locks what it writes, and processes that other tests start meanwhile inherit the lock.
export HDF5_USE_FILE_LOCKING=FALSE
swift test -c release --disable-testable-imports "${imports[@]}" "${arguments[@]}"

# Checks outside the test target, each a script; where its needs are not met it skips itself with a message.
checks=(Tests/Portability/aarch64.sh Tests/Portability/onednn.sh Tests/Interoperation/*.sh Tests/Regression/*.sh)
if [[ "$cluster" == true ]]; then
    bash Tests/Cluster/slurm-cluster.sh install
    checks+=(Tests/Cluster/slurm.sh)
fi
if [[ "$load" == true ]]; then checks+=(Tests/load.sh); fi
for script in "${checks[@]}"; do
    [[ -f "$script" ]] || continue
    echo "== $script" >&2
    bash "$script"
done
if [[ "$sanitize" == true ]]; then
    echo "== Sanitizers" >&2
    bash Tests/sanitize.sh
fi
