#!/usr/bin/env bash
# Measures every published experiment anew, with one program on one machine, and publishes the results.
#
#   bash Experiments/publish.sh                      measure what is left, then say how to publish
#   bash Experiments/publish.sh quickstart modes     only these
#   bash Experiments/publish.sh --accept             publish what is complete: records, tables, figures, documents, references
#
# Results go to Results/publish first. Stopped, it goes on cell by cell when it is run again; a commit that is not the one the first
# cell was measured with is refused, as one table needs one program. Do nothing else on the machine: every run records how many cores
# other processes used, and says so where it was more than a quarter of one. Rows of protocol runs that take
# less than three minutes have three trials; attacks tell the time of single runs where they say so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ldct="${LDCT:-.build/release/ldct}"
target=Results/publish

accept=false
ids=()
for argument in "$@"; do
    case "$argument" in
        --accept) accept=true ;;
        -*) echo "publish.sh: unknown option '$argument'; expected --accept, or experiments" >&2; exit 2 ;;
        *) ids+=("$argument") ;;
    esac
done
if [ ${#ids[@]} -eq 0 ]; then
    for folder in Results/reference/*/; do
        id="$(basename "$folder")"
        [ -f "Experiments/$id.yaml" ] && ids+=("$id")
    done
fi
for id in "${ids[@]}"; do
    [ -f "Experiments/$id.yaml" ] || { echo "publish.sh: Experiments/$id.yaml: no such file; expected an experiment" >&2; exit 2; }
done

complete() { [ -f "$target/$1/.complete" ]; }

if ! $accept; then
    mkdir -p "$target"
    # Uncommitted results and documents are this script's own work; a changed program is not.
    if [ -n "$(git status --porcelain --untracked-files=no -- Package.swift Sources Experiments)" ]; then
        echo "publish.sh: Sources or Experiments have uncommitted changes; expected a commit that names what measured" >&2
        exit 2
    fi
    commit="$(git rev-parse HEAD:Sources)"
    if [ -f "$target/sources" ] && [ "$(cat "$target/sources")" != "$commit" ]; then
        echo "publish.sh: $target was measured with other sources; expected the same, or remove the folder" >&2
        exit 2
    fi
    echo "$commit" > "$target/sources"
    # Photons of the experiment on dose, and the whole slices; the head CT alone has them.
    PHOTONS="5000 10000 20000 50000" SLICES=1 bash Experiments/prepare-data.sh >/dev/null
    for id in "${ids[@]}"; do
        if complete "$id"; then
            echo "$id: measured before" >&2
            continue
        fi
        echo "$id ..." >&2
        settings=()
        # A new user's first run has one trial, for its length.
        [ "$id" = quickstart ] && settings=(--set trials=3)
        "$ldct" run "Experiments/$id.yaml" --results "$target" "${settings[@]}"
        touch "$target/$id/.complete"
    done
    echo "All measured. Look at $target, then: bash Experiments/publish.sh --accept" >&2
    exit 0
fi

for id in "${ids[@]}"; do
    complete "$id" || { echo "publish.sh: $id is not complete; expected 'bash Experiments/publish.sh $id' before" >&2; exit 1; }
done
# The plan of a data set is made of what is published; its page names its command.
plan="$(sed -n 's/^ldct plan \(.* --document .*\)/\1/p' Notebooks-md/cluster.md | head -n 1)"
[ -n "$plan" ] || { echo "publish.sh: Notebooks-md/cluster.md: no line 'ldct plan ... --document ...'; expected the plan's command" >&2; exit 1; }
for id in "${ids[@]}"; do
    folder="Results/reference/$id"
    mkdir -p "$folder"
    # Images stay beside the records, unversioned, so that pictures are drawn from them.
    for file in records.jsonl config.yaml environment.json cells.json images.h5; do
        [ -f "$target/$id/$file" ] && cp "$target/$id/$file" "$folder/$file"
    done
    gzip -9 --no-name --force "$folder/records.jsonl"
done
"$ldct" report --published
# shellcheck disable=SC2086 # words of a command line
"$ldct" plan $plan --results Results/reference >/dev/null
for id in "${ids[@]}"; do
    # Recording ends with status 1, so that nobody does it unseen: here it is what was asked for.
    "$ldct" check "Results/reference/$id" --reference Results/reference --record || true
done
"$ldct" report --check
git status --short -- README.md Notebooks-md Results | sed -n '1,40p'
echo "Published. Look at the changes, then commit them." >&2
