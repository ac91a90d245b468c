#!/usr/bin/env bash
# A server under load, and what full disks do to both sides: ldct serve over TLS with 1, 4 and 16 clients at once.
#
#   bash Tests/load.sh [SECONDS]                 of each number of clients, 20 unless given; a minute in all
#   CLIENTS="16" bash Tests/load.sh 600          the long run
#
# Clients come anew as soon as they are done: a lattice patch of 64x64 each, which is compared with that of the run in one process, byte for
# byte. Ends with 1 if a session failed, an output differs, or the server's memory is not back at its level. Needs a built ldct, openssl.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ldct=${LDCT:-$PWD/.build/release/ldct}
seconds=${1:-20}
read -r -a clients <<< "${CLIENTS:-1 4 16}"
weights=Experiments/weights/3-relu.h5
skip() { echo "load: skipped: $*" >&2; exit 0; }
command -v openssl >/dev/null || skip "openssl is not installed"
[[ -x "$ldct" ]] || skip "no $ldct; build it first"

work=$(mktemp -d "${TMPDIR:-/tmp}/ldct-load.XXXXXX")
server=
finish() {
    [[ -z "$server" ]] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
fail() { echo "load: FAILED: $*" >&2; tail -n 5 "$work"/*.log >&2 || true; exit 1; }

# shellcheck source=Experiments/links/certificates.sh
source Experiments/links/certificates.sh
certificates "$work" IP:127.0.0.1

# Where memory is handed back at once a level is seen: one arena for all threads.
export MALLOC_ARENA_MAX=1 HDF5_USE_FILE_LOCKING=FALSE
port=$((20000 + RANDOM % 20000))
serve() { # LOG
    # shellcheck disable=SC2046
    "$ldct" serve --weights "$weights" --listen "127.0.0.1:$port" $(credentials "$work" server) 2> "$1" &
    server=$!
    for _ in $(seq 200); do
        (exec 3<> "/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
        sleep 0.05
    done
    fail "the server does not listen"
}
stop() { kill "$server"; wait "$server" 2>/dev/null || true; server=; }
memory() { awk '/VmRSS/ {print $2}' "/proc/$server/status"; }
"$ldct" prepare phantom --patients 3 --slices-per-patient 4 --size 256 --views 90 --output "$work/data.h5" --quiet > "$work/prepare.log"
input=(--input "$work/data.h5" --dataset /test/low_dose --index 0 --quiet --scheme lattice --threads 1)
"$ldct" denoise "${input[@]}" --weights "$weights" --output "$work/here.npy" > "$work/here.log"
there() { # NAME: one session
    # shellcheck disable=SC2046
    "$ldct" denoise "${input[@]}" --server "127.0.0.1:$port" $(credentials "$work" client) --output "$work/$1.npy" --force > "$work/$1.out"
}

# One client after the other until the time is over. A line a session: milliseconds, and whether it is right.
client() { # NAME
    local begin end
    end=$(($(date +%s%3N) + 1000 * seconds))
    while begin=$(date +%s%3N) && [[ $begin -lt $end ]]; do
        if there "$1" 2>> "$work/$1.log" && cmp -s "$work/here.npy" "$work/$1.npy"; then
            echo "$(($(date +%s%3N) - begin)) right"
        else
            echo "$(($(date +%s%3N) - begin)) wrong"
        fi
    done > "$work/$1.sessions"
}

serve "$work/serve.log"
for _ in 1 2 3; do there first 2>> "$work/first.log"; done
level=$(memory)
echo "clients,seconds,sessions,failed,median_ms,largest_ms,server_kib"
for number in "${clients[@]}"; do
    rm -f "$work"/*.sessions
    begin=$(date +%s%3N)
    tasks=()
    for i in $(seq "$number"); do client "client-$i" & tasks+=($!); done
    wait "${tasks[@]}"
    took=$(($(date +%s%3N) - begin))
    failed=$(cat "$work"/*.sessions | grep -c wrong || true)
    sort -n "$work"/*.sessions | awk -v n="$number" -v t="$took" -v f="$failed" -v m="$(memory)" \
        '{ v[NR] = $1 } END { printf "%d,%.1f,%d,%d,%d,%d,%d\n", n, t / 1000, NR, f, v[int((NR + 1) / 2)], v[NR], m }'
    [[ "$failed" = 0 ]] || fail "$failed sessions of $number clients"
done
# Sixteen clients' threads leave stacks and an arena behind, never a session's memory.
[[ $(memory) -lt $((level + 32 * 1024)) ]] || fail "the server has $(memory) KiB, after its first sessions it had $level"
grep -q 'first.npy\|Floating\|fatal' "$work/serve.log" && fail "the server's log"
stop

# Full disks: a server that cannot log goes on; a client that cannot write says so in one line, and leaves no half output.
serve /dev/full
there full 2> "$work/full.log" || fail "a server whose log is full"
cmp -s "$work/here.npy" "$work/full.npy" || fail "the output of a server whose log is full"
if [[ "$(id -u)" = 0 ]] && unshare -m true 2>/dev/null; then
    mkdir -p "$work/small"
    status=0
    # shellcheck disable=SC2016
    LDCT=$ldct CREDENTIALS=$(credentials "$work" client) PORT=$port unshare -m bash -c '
        mount -t tmpfs -o size=16k tmpfs "$1/small"
        shift_to=$1; shift
        "$LDCT" denoise "$@" --server "127.0.0.1:$PORT" $CREDENTIALS --output "$shift_to/small/out.npy" 2> "$shift_to/small.log" >/dev/null
        status=$?
        ls -A "$shift_to/small" > "$shift_to/small.files"
        exit "$status"' full "$work" "${input[@]}" || status=$?
    [[ $status = 1 && $(wc -l < "$work/small.log") = 1 ]] || fail "status $status on a full disk: $(cat "$work/small.log")"
    ! grep -q 'out.npy$' "$work/small.files" || fail "a full disk has $(cat "$work/small.files")"
    echo "full disk: $(cat "$work/small.log")"
fi
there again 2> "$work/again.log" || fail "after a full disk"
stop
echo "load: done"
