#!/usr/bin/env bash
# Sweeps on a real Slurm of two nodes, which this script starts and stops on this machine: shards and their merge, preemption, a killed
# task, a killed node, a time limit, and a writer that lives on while its task is started again. Each time the merged records and tables must be
# those of a single run but for seconds, none lost and none doubled. Lists of commands, too. Under four minutes on an idle machine.
#
#   bash Tests/Cluster/slurm.sh [--install] [SCENARIO ...]
#
# --install gets Slurm with apt. Without root, Slurm, munge, python3 or a built ldct it says so and is done.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=Tests/Cluster
cluster=$PWD/$here/slurm-cluster.sh
ldct=${LDCT:-$PWD/.build/release/ldct}

if [[ "${1:-}" == --install ]]; then bash "$cluster" install; shift; fi
skip() { echo "cluster: skipped: $*" >&2; exit 0; }
[[ "$(id -u)" == 0 ]] || skip "slurmd needs root"
for program in slurmctld slurmd sbatch scontrol squeue munged python3; do
    [[ -n "$(PATH=$PATH:/usr/sbin command -v "$program")" ]] || skip "no $program; --install gets Slurm"
done
[[ -x "$ldct" ]] || skip "no $ldct; build it first"
PATH=$PATH:/usr/sbin

state=$(mktemp -d "${TMPDIR:-/tmp}/ldct-cluster.XXXXXX")
export LDCT_SLURM_PORT=${LDCT_SLURM_PORT:-$((20000 + RANDOM % 20000))}
export SLURM_CONF=$state/slurm.conf HDF5_USE_FILE_LOCKING=FALSE
results=$state/results
finish() {
    local status=$?
    bash "$cluster" stop "$state" || true
    if [[ $status != 0 ]]; then echo "cluster: failed; logs in $state" >&2; else rm -rf "$state"; fi
}
trap finish EXIT

begin=$SECONDS
say() { echo "cluster: $((SECONDS - begin)) s: $*"; }
fail() { say "FAILED: $*"; exit 1; }
# until SECONDS WHAT COMMAND...
until_true() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    while ! "$@" >/dev/null 2>&1; do
        [[ $SECONDS -lt $end ]] || { squeue >&2 || true; tail -n 5 "$results"/*/*.cluster/logs/* >&2 || true; fail "gave up waiting for $what"; }
        sleep 0.2
    done
}

sweep=$here/sweep.yaml
smoke=Experiments/smoke/precision.yaml

submit() { # NAME EXPERIMENT SHARDS [OPTIONS]: submits; sets array and last
    local name=$1 experiment=$2 shards=$3 said
    shift 3
    said=$("$ldct" submit "$experiment" --shards "$shards" --results "$results/$name" --go "$@") || fail "submit $name"
    said=$(grep -o 'jobs [0-9:]*' <<< "$said")
    said=${said#jobs }
    array=${said%%:*} last=${said##*:}
}
cells() { cat "$@" 2>/dev/null | grep -c '"cell.records"' || true; }
has_begun() { [[ "$(cells "$results/$1/shard-$2"-of-*/*/records.jsonl)" -gt 0 ]]; }     # NAME SHARD
is_over() { scontrol show job "$1" -o | grep -qE 'JobState=(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL)'; }
status_of() { scontrol show job "$1" -o | grep -o ' ExitCode=[0-9]*' | tail -n 1 | cut -d= -f2; }
running() { squeue -h -j "$array" -t running -o '%K %A %N' | awk -v task="$1" -v field="$2" '$1 == task {print $field}'; }
job() { running "$1" 2; }
node() { running "$1" 3; }
# Processes of a job of this cluster, by pid: its step, its script, the program.
processes() { # JOB [NAME]
    local process
    for process in /proc/[0-9]*; do
        { tr '\0' '\n' < "$process/environ" | grep -qxF "SLURM_CONF=$SLURM_CONF"; } 2>/dev/null || continue
        [[ -z "${2:-}" || "$(cat "$process/comm" 2>/dev/null)" == "$2" ]] || continue
        if { tr '\0' '\n' < "$process/environ" | grep -qx "SLURM_JOB_ID=$1" \
            || tr '\0' ' ' < "$process/cmdline" | grep -qF "slurmstepd: [$1."; } 2>/dev/null; then
            echo "${process#/proc/}"
        fi
    done
}
merged() { # NAME SHARDS LAST: waits for the merge and compares it with the single run
    until_true 150 "the merge of $1" is_over "$3"
    [[ "$(status_of "$3")" == 0 ]] || { cat "$results/$1"/*.cluster/logs/*.log >&2; fail "merge of $1 ended with $(status_of "$3")"; }
    python3 "$here/compare.py" "$results/single/sweep" "$results/$1/sweep" || fail "$1 is not the single run"
    "$ldct" status "$results/$1" > "$state/status" || { cat "$state/status" >&2; fail "status of $1"; }
    grep -q "tasks: 0 running, $2 done, 0 failed" "$state/status" || { cat "$state/status" >&2; fail "status of $1"; }
}

scenario_shards() {
    submit shards "$smoke" 4
    until_true 120 "the merge" is_over "$last"
    [[ "$(status_of "$last")" == 0 ]] || { cat "$results"/shards/*.cluster/logs/*.log >&2; fail "merge ended with $(status_of "$last")"; }
    "$ldct" report precision --results "$results/shards" >/dev/null
    python3 "$here/compare.py" "$results/single/precision" "$results/shards/precision" table || fail "tables differ"
    grep -q '"cores" : 1\b' "$results/shards/shard-1-of-4/precision/environment.json" || fail "threads do not follow the allocation"
}

scenario_preemption() {
    submit preemption "$sweep" 2
    until_true 60 "the first cells" has_begun preemption 1
    sbatch --parsable -p high -w "$(node 1)" --time=1 --mem=100 --output=/dev/null --wrap "sleep 1" >/dev/null
    merged preemption 2 "$last"
    grep -q "was ended" "$results"/preemption/*.cluster/logs/*.log || fail "no task was preempted"
}

# A killed program is a failed task: the merge says what is missing, and the same submission again goes on.
scenario_task() {
    submit task "$sweep" 2
    until_true 60 "the first cells" has_begun task 2
    # shellcheck disable=SC2046
    kill -KILL $(processes "$(job 2)" ldct)
    until_true 120 "the merge" is_over "$last"
    [[ "$(status_of "$last")" == 1 ]] || fail "a merge with cells missing ended with $(status_of "$last")"
    grep -q "missing: case" "$results"/task/*.cluster/logs/last.log || fail "the merge does not name what is missing"
    if "$ldct" status "$results/task" > "$state/status"; then fail "status says all is well"; fi
    grep -q "task 2: .* ended with status 137" "$state/status" || { cat "$state/status" >&2; fail "status does not name it"; }
    submit task "$sweep" 2
    merged task 2 "$last"
}

# By its task: the number of the last task is the array's, too.
requeued() { [[ "$(scontrol show job "${array}_$1" -o | grep -o 'Restarts=[0-9]*' | cut -d= -f2)" -gt 0 ]]; }

scenario_node() {
    submit node "$sweep" 2
    until_true 60 "the first cells" has_begun node 2
    local where number
    where=$(node 2) number=$(job 2)
    bash "$cluster" kill-node "$state" "$where"
    # shellcheck disable=SC2046
    kill -KILL $(processes "$number") 2>/dev/null || true
    until_true 60 "task 2 to be started again" requeued 2
    bash "$cluster" start-node "$state" "$where"
    merged node 2 "$last"
}

# Slurm takes a node for dead whose program still lives: the task that is started again on the other waits for it.
scenario_split() {
    submit split "$sweep" 2
    until_true 60 "the first cells" has_begun split 2
    local number writer
    number=$(job 2)
    writer=$(processes "$number" ldct)
    bash "$cluster" kill-node "$state" "$(node 2)"
    kill -STOP "$writer"           # Slow, but alive.
    until_true 90 "the second writer to wait" grep -q "waits for the other writer" "$results"/split/*.cluster/logs/"${array}_2.log"
    kill -CONT "$writer"
    sleep 1
    # A node that comes back ends what it still runs.
    bash "$cluster" start-node "$state" n1
    bash "$cluster" start-node "$state" n2
    merged split 2 "$last"
}

# Lists of commands: data prepared, then a training, a slice and a comparison beside each other; a line that fails is named.
scenario_list() {
    local folder=$results/list
    mkdir -p "$folder"
    printf 'prepare phantom --patients 3 --slices-per-patient 2 --size 128 --views 45 --patch-size 32 --stride 32 --output %s --quiet\n' \
        "$folder/one.h5" "$folder/two.h5" > "$folder/prepare.txt"
    printf '%s\n' "id: tiny" "data: $folder/one.h5" "output: $folder/tiny.h5" \
        "network: {depth: 3, channels: 2, relu: all, decoder: same}" "training: {epochs: 2, batch_size: 1, learning_rate: 0.002, seed: 1}" \
        > "$folder/tiny.yaml"
    cat > "$folder/work.txt" <<LIST
train $folder/tiny.yaml --quiet
denoise --input $folder/two.h5 --dataset /test/low_dose --index 0 --insist --weights Experiments/weights/3-relu.h5 --scheme lattice --output $folder/out.npy --quiet
compare Results/reference/quickstart Results/reference/quickstart
denoise --input $folder/none.h5 --weights Experiments/weights/3-relu.h5 --output $folder/none.npy
LIST
    submit_list "$folder" prepare
    until_true 60 "the preparations" is_over "$last"
    [[ "$(status_of "$last")" == 0 && -s "$folder/one.h5" && -s "$folder/two.h5" ]] || fail "preparations as an array"
    submit_list "$folder" work
    until_true 60 "the list" is_over "$last"
    [[ "$(status_of "$last")" == 1 && -s "$folder/tiny.h5" && -s "$folder/out.npy" ]] || fail "a list of commands"
    grep -q "^missing: line 4 ended with status 2: denoise" "$folder"/work.cluster/logs/last.log || fail "the failed line is not named"
    [[ "$(grep -c '^missing' "$folder"/work.cluster/logs/last.log)" == 1 ]] || fail "lines that did not fail are named"
}
submit_list() { # FOLDER NAME
    local said
    said=$("$ldct" submit --each "$1/$2.txt" --results "$1" --go) || fail "submit $2"
    said=$(grep -o 'jobs [0-9:]*' <<< "$said")
    last=${said##*:}
}

# One task too long for its limit: Slurm warns once and again. It runs beside the single runs, which take their time.
# On a fast machine it may be done before the warning comes.
scenario_limit() {
    merged limit 1 "$limit"
    grep -q "requeues itself" "$results"/limit/*.cluster/logs/*.log || say "limit: done before it could be warned"
}

# Not among the usual ones, as it measures seconds: 16 equal cells on one node and on two, and what ldct plan says of the second by the first.
scenario_reach() {
    local nodes begin seconds
    for nodes in 1 2; do
        begin=$(date +%s.%N)
        submit "reach-$nodes" "$sweep" "$nodes" --set trials=16 --set 'cases[1].network.channels=8'
        until_true 300 "the merge" is_over "$last"
        [[ "$(status_of "$last")" == 0 ]] || fail "merge ended with $(status_of "$last")"
        seconds[nodes]=$(python3 -c "import time; print(time.time() - $begin)")
    done
    planned() { # NODES START: seconds
        "$ldct" plan "$results/reach-1/sweep" --patients 1 --slices 32 --size 12 --tasks-per-patient "$1" --nodes "$1" --start "$2" \
            --cycle 0 --format csv | python3 -c "
import csv, sys
row = list(csv.DictReader(sys.stdin))[0]
print(3600 * next(float(v) for k, v in row.items() if k.startswith('$1 node')))"
    }
    python3 - "${seconds[1]}" "${seconds[2]}" "$(planned 1 0)" > "$state/start" <<'PYTHON'
import sys
one, two, work = map(float, sys.argv[1:])
print(max(0, one - work))
PYTHON
    python3 - "${seconds[1]}" "${seconds[2]}" "$(planned 2 "$(cat "$state/start")")" "$(cat "$state/start")" <<'PYTHON' || fail "reach"
import sys
one, two, plan, start = map(float, sys.argv[1:])
print(f"cluster: one node {one:.1f} s, two nodes {two:.1f} s: {two / one:.3f} of it (at most 0.6); "
      f"planned {plan:.1f} s ({start:.1f} s to start a task): {plan / two - 1:+.1%} (within 20 %)")
sys.exit(two / one > 0.6 or abs(plan / two - 1) > 0.2)
PYTHON
}

bash "$cluster" start "$state"
say "two nodes are up"
mkdir -p "$results"
scenarios=("$@")
[[ ${#scenarios[@]} -gt 0 ]] || scenarios=(shards preemption task node split list limit)
if [[ " ${scenarios[*]} " == *" limit "* ]]; then
    # Minutes are the least that Slurm knows, it looks every 30 s, and its warning is as early as that.
    submit limit "$sweep" 1 --sbatch=--time=1 --sbatch=--signal=B:USR1@50
    limit=$last
fi
if [[ "${scenarios[*]}" == reach ]]; then scenario_reach; exit; fi
if [[ "${scenarios[*]}" != list ]]; then
    taskset -c 0 "$ldct" run "$sweep" --results "$results/single" --quiet >/dev/null
    taskset -c 0 "$ldct" run "$smoke" --results "$results/single" --quiet >/dev/null
    "$ldct" report precision --results "$results/single" >/dev/null
    say "single runs: $(cells "$results"/single/*/records.jsonl) cells"
fi
for scenario in "${scenarios[@]}"; do
    "scenario_$scenario"
    say "$scenario: as it should be"
done
say "done"
