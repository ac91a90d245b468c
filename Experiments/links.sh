#!/usr/bin/env bash
# Client and server in two network namespaces, joined by links of a set rate and round trip: measured seconds beside derived ones.
#
#   bash Experiments/links.sh [RESULTS]               RESULTS: folder of links.csv, Results/links unless given
#   LINKS="none lan" bash Experiments/links.sh        of none lan wan lan-3g wan-400; rows of other links stay
#   EXPERIMENTS="full" bash Experiments/links.sh      of relu linear full full-paillier, the files in Experiments/links
#   DOCUMENT=Notebooks-md/links.md bash ...           also fills the lines between its markers <!-- links -->, or those of MARKER
#
# For each link and each case of the experiments: `ldct serve` on one side, `ldct run` with `server:` on the other, over TLS with
# certificates on both sides; every output is compared with that of the integer network. Columns: seconds of the run in one process (client
# and server in turns), seconds from the first connection to the result, both medians of the experiment's trials after one that
# is dropped (none in full-paillier), the seconds that the local run and the bytes and round trips of its messages add up to, bytes of messages, and
# bytes on the wire as the kernel counts them, of all runs and their handshakes over the number of runs, day and commit of the row. Needs .build/release/ldct, openssl, and for namespaces root, iproute2, a C compiler and
# /dev/net/tun; without the right to make them only the link "none", the loopback interface.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ldct="${LDCT:-$PWD/.build/release/ldct}"
results="${1:-Results/links}"
document="${DOCUMENT:-}"
# shellcheck source=Experiments/fill.sh
source Experiments/fill.sh
[ -z "$document" ] || fill_check "${MARKER:-links}" "$document"
mkdir -p "$results"
results=$(cd "$results" && pwd)
work=$(mktemp -d)
server=
shaper=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$shaper" ] || kill "$shaper" 2>/dev/null || true
    for end in a b; do ip netns del "ldct$$-$end" 2>/dev/null || true; done
    rm -rf "$work"
}
trap cleanup EXIT

# shellcheck source=Experiments/links/certificates.sh
source Experiments/links/certificates.sh
certificates "$work" IP:127.0.0.1,IP:10.77.0.1

# Rate in Mbit/s and round trip in ms of a link.
link() {
    case "$1" in
        none) echo "0 0" ;;
        lan) echo "1000 1" ;;
        wan) echo "100 40" ;;
        lan-3g) echo "3000 0.3" ;;
        wan-400) echo "400 40" ;;
        *) echo "links.sh: unknown link '$1'; expected none, lan, wan, lan-3g or wan-400" >&2; exit 2 ;;
    esac
}

# Two namespaces and the relay between them.
connect() { # RATE RTT
    for end in a b; do ip netns del "ldct$$-$end" 2>/dev/null || true; ip netns add "ldct$$-$end"; ip -n "ldct$$-$end" link set lo up; done
    local delay gso
    delay=$(awk -v r="$2" 'BEGIN { print r / 2 }')
    gso=$(awk -v r="$1" 'BEGIN { if (r >= 400) print "gso" }')
    # shellcheck disable=SC2086 # an option, or nothing
    "$work/linkshape" "ldct$$-a" wire "ldct$$-b" wire "$1" "$delay" 0 $gso > "$work/shaper.log" 2>&1 &
    shaper=$!
    for _ in $(seq 50); do grep -q ready "$work/shaper.log" && break; sleep 0.1; done
    ip -n "ldct$$-a" addr add 10.77.0.1/30 dev wire
    ip -n "ldct$$-b" addr add 10.77.0.2/30 dev wire
    for end in a b; do ip -n "ldct$$-$end" link set wire mtu 1500 txqueuelen 1000 up; done
}
disconnect() {
    [ -z "$shaper" ] || { kill "$shaper" 2>/dev/null || true; wait "$shaper" 2>/dev/null || true; shaper=; }
}
serve() { # WEIGHTS ADDRESS THREADS
    # shellcheck disable=SC2046,SC2086
    $on_server "$ldct" serve --weights "$1" --listen "$2:7300" --threads "$3" --memory 16384 $(credentials "$work" server) 2> "$work/serve.log" &
    server=$!
    for _ in $(seq 100); do grep -qs ' serving ' "$work/serve.log" && return; sleep 0.05; done
    echo "links.sh: no server: $(cat "$work/serve.log")" >&2
    exit 1
}
stop() {
    kill "$server"
    wait "$server" 2>/dev/null || true
    server=
}

links=${LINKS:-none lan wan lan-3g wan-400}
if [ "$links" != none ]; then
    if ! { cc -O2 -o "$work/linkshape" Experiments/links/linkshape.c && [ -w /dev/net/tun ] && ip netns add "ldct$$-a"; } 2>/dev/null; then
        echo "links.sh: no right to make network namespaces here, or no /dev/net/tun, C compiler or iproute2: loopback only" >&2
        links=none
    else
        ip netns del "ldct$$-a"
    fi
fi

# A whole run's values of a metric, of every trial, sorted: records of layers have a layer.
values() { # RECORDS METRIC
    grep -v '"layer"' "$1" | sed -n 's/.*"method":"encrypted","metric":"'"$2"'".*"value":\([-+0-9.e]*\).*/\1/p' | LC_ALL=C sort -g
}
median() { values "$@" | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)] }'; }
# One value that differs in any trial is too many.
largest() { values "$@" | tail -n 1; }
setting() { # RECORDS NAME
    grep '"method":"encrypted"' "$1" | sed -n 's/.*"'"$2"'":"\([^"]*\)".*/\1/p' | head -n 1
}

header="link,rate_mbit,rtt_ms,experiment,scheme,mode,layout,threads,seconds_local,seconds_measured,seconds_derived,bytes_up,bytes_down,round_trips,wire_bytes_up,wire_bytes_down,date,commit,values_differ"
csv="$work/links.csv"
today=$(date -u +%F) commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
experiments=${EXPERIMENTS:-relu linear}
echo "$header" > "$csv"
if [ -f "$results/links.csv" ]; then
    [ "$(head -n 1 "$results/links.csv")" = "$header" ] || {
        echo "links.sh: $results/links.csv has other columns; expected those of this version, or another folder" >&2
        exit 2
    }
    awk -F, -v links=" $links " -v files=" $experiments " \
        'NR > 1 && !(index(links, " " $1 " ") && index(files, " " $4 " "))' "$results/links.csv" >> "$csv"
fi
for name in $experiments; do
    file=Experiments/links/$name.yaml
    cells=$(grep -c '^  - {' "$file")
    threads=$(sed -n 's/^threads: //p' "$file")
    runs=$(awk 'BEGIN { t = 1 } /^trials: / { t = $2 } /^warm_up: / { w = $2 } END { print t + w }' "$file")
    for cell in $(seq "$cells"); do
        weights=$(grep '^  - {' "$file" | sed -n "${cell}s/.*weights: \([^},]*\).*/\1/p")
        # One case at a time, all of its trials together.
        awk -v cell="$cell" '/^  - \{/ && ++n != cell { next } { print }' "$file" > "$work/case.yaml"
        "$ldct" run "$work/case.yaml" --results "$work/here-$cell" --quiet > /dev/null
        here="$work/here-$cell/links-$name/records.jsonl"
        for link in $links; do
            read -r rate rtt <<< "$(link "$link")"
            address=127.0.0.1 on_server='' on_client=''
            if [ "$link" != none ]; then
                connect "$rate" "$rtt"
                address=10.77.0.1 on_server="ip netns exec ldct$$-a" on_client="ip netns exec ldct$$-b"
            fi
            count() { # DIRECTION of the client's interface
                if [ "$link" = none ]; then echo 0; else $on_client cat "/sys/class/net/wire/statistics/$1_bytes"; fi
            }
            serve "$weights" "$address" "$threads"
            read -r up down <<< "$(count tx) $(count rx)"
            $on_client "$ldct" run "$work/case.yaml" --results "$work/$link-$cell" --quiet \
                --set "server={address: \"$address:7300\", ca: $work/ca.pem, certificate: $work/client.pem, key: $work/client.key}" > /dev/null
            read -r up down <<< "$((($(count tx) - up) / runs)) $((($(count rx) - down) / runs))"
            stop
            disconnect
            there="$work/$link-$cell/links-$name/records.jsonl"
            bytes_up=$(median "$there" bytes.up) bytes_down=$(median "$there" bytes.down) trips=$(median "$there" rounds)
            local_seconds=$(median "$here" seconds.total) measured=$(median "$there" seconds.elapsed)
            derived=$(awk -v l="$local_seconds" -v b="$((bytes_up + bytes_down))" -v m="$trips" -v r="$rate" -v t="$rtt" \
                'BEGIN { printf "%.4f", l + (r > 0 ? b * 8 / (r * 1e6) + m * t / 1000 : 0) }')
            row="$link,$rate,$rtt,$name,$(setting "$there" scheme),$(setting "$there" mode),$(setting "$there" layout),$threads,$local_seconds,$measured"
            row+=",$derived,$bytes_up,$bytes_down,$trips,$up,$down,$today,$commit,$(largest "$there" mismatched_values)"
            echo "$row" | tee -a "$csv"
        done
    done
done
mv "$csv" "$results/links.csv"
{
    # Rows of other calls stay: each has its own day and commit.
    awk -F, 'NR > 1 { print $17 ", commit " $18 }' "$results/links.csv" | sort | uniq -c | awk '{ n = $1; $1 = ""; print n " rows on" $0 }'
    sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sort | uniq -c | awk '{ n = $1; $1 = ""; print n " cores:" $0 }'
    echo "congestion control $(cat /proc/sys/net/ipv4/tcp_congestion_control)"
} > "$results/machine.txt"
if [ -n "$document" ]; then
    awk -F, '
        function size(bytes) { return sprintf("%.3g", bytes / 1e6) }
        NR == 1 { print "| link | scheme | mode, layout | network | local [s] | measured [s] | derived [s] | measured - derived [s] | messages [MB] | on the wire [MB] |"
                  print "| :-- | :-- | :-- | :-- | --: | --: | --: | --: | --: | --: |"; next }
        { wire = $15 + $16 > 0 ? size($15 + $16) : "-"
          network = $4 ~ /^full/ ? "10-relu" : "3-" $4
          printf "| %s | %s | %s, %s | %s | %.3f | %.3f | %.3f | %+.3f | %s | %s |\n", \
              $1 == "none" ? "loopback" : $1 " (" $2 " Mbit/s, " $3 " ms)", $5, $6, $7, network, $9, $10, $11, $10 - $11, size($12 + $13), wire }
    ' "$results/links.csv" > "$work/table.md"
    { echo; echo "Measured $(paste -sd ';' "$results/machine.txt" | sed 's/;/; /g')."; } >> "$work/table.md"
    fill_between "${MARKER:-links}" "$document" "$work/table.md"
fi
echo "$results/links.csv"
! grep -qv ',0$' <(tail -n +2 "$results/links.csv")
