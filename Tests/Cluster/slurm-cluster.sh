#!/usr/bin/env bash
# A Slurm of two nodes on this machine alone: Debian's packages, no systemd, no cgroups, no accounting, two slurmd on 127.0.0.1.
#
#   slurm-cluster.sh install                apt-gets the packages
#   slurm-cluster.sh start|stop STATE       STATE holds everything: key, socket, configuration, logs, spools, pids
#   slurm-cluster.sh start-node|kill-node STATE n1
#
# stop ends only what this STATE started. Clients need SLURM_CONF=STATE/slurm.conf. LDCT_SLURM_PORT and the two ports after it are used.
set -euo pipefail

verb=${1:?verb}
port=${LDCT_SLURM_PORT:-16817}

install_packages() {
    DEBIAN_FRONTEND=noninteractive apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends slurmctld slurmd slurm-client munge
}

# alive NAME: the pid in STATE/NAME.pid is a process that has STATE on its command line.
alive() {
    local pid
    pid=$(cat "$state/$1.pid" 2>/dev/null) && [[ -n "$pid" ]] \
        && { tr '\0' ' ' < "/proc/$pid/cmdline" | grep -qF "$state/"; } 2>/dev/null
}

wait_for() { # SECONDS COMMAND...
    local tries=$(($1 * 10))
    shift
    while ! "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [[ $tries -gt 0 ]] || { echo "slurm-cluster: gave up waiting for: $*" >&2; return 1; }
        sleep 0.1
    done
}

both_idle() { [[ "$(sinfo -h -N -p low -o '%T' | grep -cE '^(idle|mixed|allocated)$')" = 2 ]]; }

# A requeued job waits cred_expire + 1 s; preempt_send_user_signal is what a site needs for USR1 before a preemption.
configure() {
    mkdir -p "$state"/{ctld,spool-n1,spool-n2,log,munge}
    chmod 711 "$state" "$state/munge"        # munged refuses a socket that others cannot reach.
    [[ -s "$state/munge/key" ]] || (umask 077; head -c 1024 /dev/urandom > "$state/munge/key")
    cat > "$state/slurm.conf" <<CONF
ClusterName=ldct-test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$state/munge/socket,cred_expire=5
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_min_interval=100000,batch_sched_delay=0
SlurmctldParameters=preempt_send_user_signal
SlurmdParameters=config_overrides
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
ReturnToService=2
SlurmdTimeout=4
MessageTimeout=2
KillWait=2
UnkillableStepTimeout=20
CompleteWait=0
MinJobAge=3600
MaxArraySize=1001
OverTimeLimit=0
StateSaveLocation=$state/ctld
SlurmctldPidFile=$state/slurmctld.pid
SlurmctldLogFile=$state/log/slurmctld.log
SlurmdSpoolDir=$state/spool-%n
SlurmdPidFile=$state/slurmd-%n.pid
SlurmdLogFile=$state/log/slurmd-%n.log
NodeName=n[1-2] NodeHostname=localhost NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + 2))] CPUs=1 RealMemory=4000 State=UNKNOWN
PartitionName=low  Nodes=n[1-2] Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=0 MaxTime=INFINITE State=UP
PartitionName=high Nodes=n[1-2] Default=NO  PriorityTier=2 PreemptMode=OFF     MaxTime=INFINITE State=UP
CONF
}

start_node() { alive "slurmd-$1" || slurmd -N "$1" -f "$state/slurm.conf"; }

start() {
    configure
    if ! alive munged; then
        munged --key-file="$state/munge/key" --socket="$state/munge/socket" --pid-file="$state/munged.pid" \
            --log-file="$state/munge/log" --seed-file="$state/munge/seed"
    fi
    wait_for 10 munge -S "$state/munge/socket" -n
    alive slurmctld || slurmctld -f "$state/slurm.conf"
    wait_for 20 scontrol ping
    start_node n1
    start_node n2
    wait_for 30 both_idle
}

stop_one() { # NAME [SIGNAL]: KILL after 10 s
    local pid
    alive "$1" || { rm -f "$state/$1.pid"; return 0; }
    pid=$(cat "$state/$1.pid")
    kill "-${2:-TERM}" "$pid" 2>/dev/null || true
    for _ in $(seq 100); do [[ -e "/proc/$pid" ]] || break; sleep 0.1; done
    [[ ! -e "/proc/$pid" ]] || kill -KILL "$pid" 2>/dev/null || true
    rm -f "$state/$1.pid"
}

# Steps outlive their slurmd: jobs are cancelled first, and leftover processes of this state are ended by pid.
stop() {
    if alive slurmctld; then
        scancel --user=root --quiet 2>/dev/null || true
        wait_for 15 sh -c '! squeue -h | grep -q .' || true
    fi
    stop_one slurmd-n1 &
    stop_one slurmd-n2 &
    stop_one slurmctld &
    wait
    local process
    for process in /proc/[0-9]*; do
        if { tr '\0' '\n' < "$process/environ" | grep -qxF "SLURM_CONF=$state/slurm.conf"; } 2>/dev/null \
            && [[ "$(cat "$process/comm" 2>/dev/null)" == slurmstepd ]]; then
            kill -KILL "${process#/proc/}" 2>/dev/null || true
        fi
    done
    stop_one munged
}

if [[ "$verb" == install ]]; then install_packages; exit; fi
mkdir -p "${2:?state folder}"
state=$(cd "$2" && pwd)
export SLURM_CONF=$state/slurm.conf
case $verb in
start) start ;;
stop) stop ;;
start-node) start_node "${3:?node}" ;;
kill-node) stop_one "slurmd-${3:?node}" KILL ;;
*) echo "slurm-cluster: unknown verb $verb" >&2; exit 64 ;;
esac
