#!/usr/bin/env bash
# Client and server in two network namespaces, joined by links of a set rate and round trip: measured seconds beside derived ones.
#
#   bash Experiments/links.sh [RESULTS]     RESULTS: folder of links.csv, Results/links unless given
#   SIZE=full bash Experiments/links.sh     every mode, and a patch of the ten-layer 96-channel network too (an hour)
#   LINKS="none lan" bash Experiments/links.sh
#
# For each link, scheme and mode: `ldct serve` on one side, `ldct denoise --server` on the other, over TLS with certificates on both
# sides; the output is compared with that of the run in one process, byte for byte. Columns: seconds of the local run, measured seconds
# from the first connection to the result, derived seconds (the local run's, and what bytes and round trips of the messages add), bytes
# of messages, and bytes on the wire as the kernel counts them. Needs .build/release/ldct, openssl, and for namespaces root, iproute2,
# a C compiler and /dev/net/tun; without the right to make them only the link "none", the loopback interface.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
ldct="${LDCT:-$root/.build/release/ldct}"
results="${1:-Results/links}"
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

certificate() { # NAME ADDRESSES
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -addext "subjectAltName=$2" \
        -keyout "$work/$1.key" -out "$work/$1.csr" 2>/dev/null
    openssl x509 -req -in "$work/$1.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
        -copy_extensions copy -out "$work/$1.pem" 2>/dev/null
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority \
    -keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null
certificate server IP:127.0.0.1,IP:10.77.0.1
certificate client DNS:client
credentials() { echo "--ca $work/ca.pem --certificate $work/$1.pem --key $work/$1.key"; }

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

links=${LINKS:-none lan wan lan-3g wan-400}
if [ "$links" != none ]; then
    if ! { cc -O2 -o "$work/linkshape" Experiments/links/linkshape.c && [ -w /dev/net/tun ] && ip netns add "ldct$$-a"; } 2>/dev/null; then
        echo "links.sh: no right to make network namespaces here, or no /dev/net/tun, C compiler or iproute2: loopback only" >&2
        links=none
    else
        ip netns del "ldct$$-a"
    fi
fi

"$ldct" prepare phantom --patients 3 --slices-per-patient 4 --size 256 --views 90 --output "$work/data.h5" --quiet > "$work/prepare.txt"
input="--input $work/data.h5 --dataset /test/low_dose --index 0 --quiet"
small=Experiments/weights/3-relu.h5
# Name, weights, options: one patch of 64 x 64.
cases=(
    "lattice-tile|$small|--scheme lattice"
    "lattice-batch|$small|--scheme lattice --batch"
    "lattice-shared|$small|--scheme lattice --mode shared"
    "paillier-tile|$small|--key-bits 2048"
)
if [ "${SIZE:-smoke}" = full ]; then
    # A batch of one patch has a ciphertext a value: minutes under Paillier.
    cases+=(
        "paillier-shared|$small|--key-bits 2048 --mode shared"
        "paillier-batch|$small|--key-bits 2048 --batch"
        "paillier-sign-pair|$small|--key-bits 2048 --batch --mode sign-pair"
        "paillier-linear|Experiments/weights/3-linear.h5|--key-bits 2048 --batch --mode linear"
        "lattice-tile-96|Experiments/weights/10-relu.h5|--scheme lattice"
        "lattice-shared-96|Experiments/weights/10-relu.h5|--scheme lattice --mode shared"
        "paillier-tile-96|Experiments/weights/10-relu.h5|--key-bits 2048"
    )
fi

csv="$work/links.csv"
echo "link,rate_mbit,rtt_ms,case,threads,seconds_local,seconds_measured,seconds_derived,bytes_up,bytes_down,messages,wire_bytes_up,wire_bytes_down,equal" > "$csv"
for entry in "${cases[@]}"; do
    IFS='|' read -r name weights options <<< "$entry"
    # shellcheck disable=SC2086
    "$ldct" denoise $input --weights "$weights" $options --threads 1 --output "$work/$name-here.npy" --force > "$work/here.txt"
    local_seconds=$(sed -n 's/.* in \([0-9.]*\) s;.*/\1/p' "$work/here.txt")
    for link in $links; do
        read -r rate rtt <<< "$(link "$link")"
        address=127.0.0.1
        on_server=
        on_client=
        if [ "$link" != none ]; then
            connect "$rate" "$rtt"
            address=10.77.0.1
            on_server="ip netns exec ldct$$-a"
            on_client="ip netns exec ldct$$-b"
        fi
        # shellcheck disable=SC2046,SC2086
        $on_server "$ldct" serve --weights "$weights" --listen "$address:7300" --memory 16384 $(credentials server) 2> "$work/serve.log" &
        server=$!
        for _ in $(seq 100); do grep -q ' serving ' "$work/serve.log" && break; sleep 0.05; done
        count() { # DIRECTION of the client's interface
            if [ "$link" = none ]; then echo 0; else $on_client cat "/sys/class/net/wire/statistics/$1_bytes"; fi
        }
        read -r up down <<< "$(count tx) $(count rx)"
        # shellcheck disable=SC2046,SC2086
        $on_client "$ldct" denoise $input $options --threads 1 --server "$address:7300" $(credentials client) \
            --output "$work/$name-there.npy" --force > "$work/there.txt"
        read -r up down <<< "$(($(count tx) - up)) $(($(count rx) - down))"
        kill "$server"
        wait "$server" 2>/dev/null || true
        server=
        disconnect
        equal=no
        cmp -s "$work/$name-here.npy" "$work/$name-there.npy" && equal=yes
        measured=$(sed -n 's/.* in \([0-9.]*\) s;.*/\1/p' "$work/there.txt")
        read -r sent received messages <<< "$(sed -n 's/.* \([0-9]*\) bytes up, \([0-9]*\) down, \([0-9]*\) messages.*/\1 \2 \3/p' "$work/there.txt")"
        derived=$(awk -v l="$local_seconds" -v b="$((sent + received))" -v m="$messages" -v r="$rate" -v t="$rtt" \
            'BEGIN { printf "%.2f", l + (r > 0 ? b * 8 / (r * 1e6) + m * t / 2000 : 0) }')
        echo "$link,$rate,$rtt,$name,1,$local_seconds,$measured,$derived,$sent,$received,$messages,$up,$down,$equal" >> "$csv"
        printf '%-8s %-20s local %7s s, measured %7s s, derived %7s s, %s\n' "$link" "$name" "$local_seconds" "$measured" "$derived" "equal: $equal"
    done
done
mv "$csv" "$results/links.csv"
echo "$results/links.csv"
! grep -q ',no$' "$results/links.csv"
