#!/usr/bin/env bash
# Runs the README's two commands in a fresh system: makes a root of a Debian or Ubuntu release with debootstrap, binds the Swift
# toolchain into it, clones this repository there, and takes everything down again, also when something fails.
#
#   sudo bash Tests/Portability/debian.sh RELEASE      bookworm, trixie, noble, ...: what debootstrap knows
#
# The last commit is what is tried. TMPDIR says where the root stands (some 5 GB, removed at the end). Its own mounts are seen by
# this script alone and vanish with it. No part of the normal tests: it takes half an hour.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=Experiments/setup.sh
source Experiments/setup.sh

release="${1:-}"
[[ "$release" =~ ^[a-z]+$ && $# == 1 ]] || ldct_fail "usage: debian.sh RELEASE, such as trixie"
[[ "$(id -u)" == 0 ]] || ldct_fail "needs root, for debootstrap and chroot"

# From here on in a mount namespace of its own.
if [[ "${LDCT_OWN_MOUNTS:-}" != 1 ]]; then
    export LDCT_OWN_MOUNTS=1
    exec unshare --mount --propagation private bash "Tests/Portability/debian.sh" "$release"
fi

command -v debootstrap >/dev/null || ldct_install debootstrap || ldct_fail "debootstrap cannot be installed"
command -v swift >/dev/null || ldct_fail "swift is not on the PATH; expected a toolchain to bind"
# The folder usr of the toolchain, wherever it was put and whatever the command on the PATH points to.
toolchain="$(swift -print-target-info | sed -n 's|.*"runtimeResourcePath" *: *"\(.*\)/lib/swift".*|\1|p')"
[[ -x "$toolchain/bin/swift" && "$toolchain" != /usr ]] ||
    ldct_fail "cannot tell the toolchain's folder (found '$toolchain'); expected one of its own, not part of /usr"

work="$(mktemp -d "${TMPDIR:-/tmp}/ldct-$release.XXXXXX")"
root="$work/root"
take_down() {
    local status=$?
    trap - EXIT INT TERM HUP
    # Deepest first. What is still in use is let go when the last process of the namespace ends.
    awk -v root="$root/" 'index($2, root) == 1 { print $2 }' /proc/self/mounts | sort -r |
        while read -r mount; do umount "$mount" 2>/dev/null || umount --lazy "$mount"; done
    rm -rf --one-file-system "$work"
    exit "$status"
}
trap take_down EXIT
trap 'exit 130' INT TERM HUP

step() {
    local name="$1" start=$SECONDS
    shift
    echo "== $release: $name" >&2
    "$@" || ldct_fail "$release: $name failed after $((SECONDS - start)) s"
    echo "$release: $name: $((SECONDS - start)) s"
}

bind() {
    mkdir -p "$root$2"
    mount --bind "$1" "$root$2"
    mount -o remount,bind,ro "$root$2"
}

inside() {
    env -i HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive ${DATA:+DATA="$DATA"} \
        ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
        PATH=/opt/toolchain/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        chroot "$root" bash -c "$1" </dev/null
}

make_root() {
    debootstrap --variant=minbase "$release" "$root" >"$work/debootstrap.log" 2>&1 || {
        tail -n 5 "$work/debootstrap.log" >&2
        return 1
    }
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --make-rslave "$root/dev"
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    # As every installer does.
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
    bind "$toolchain" /opt/toolchain/usr
    # Package sources that git takes from a folder instead of the network.
    local key folder
    while read -r key; do
        folder="${key#url.}"
        folder="${folder%.insteadof}"
        [[ -d "$folder" ]] || continue
        bind "$folder" "$folder"
        git config --get-all "$key" | while read -r address; do
            git config --file "$root/etc/gitconfig" --add "$key" "$address"
        done
    done < <(git config --name-only --get-regexp '^url\..*\.insteadof$' | sort -u)
    git config --file "$root/etc/gitconfig" --add safe.directory '*'
    git clone --quiet --no-hardlinks . "$root/root/ldct"
}

[[ -z "$(git status --porcelain)" ]] || echo "uncommitted changes are not tried" >&2
step "root" make_root
# Word for word as in README.md.
for command in "bash Experiments/reproduce.sh" "bash Tests/run.sh"; do
    grep -q "^$command " README.md || ldct_fail "README.md does not have the command '$command'"
    step "$command" inside "cd /root/ldct && $command"
done
# The words are for the shell inside.
# shellcheck disable=SC2016
echo "$release: $(inside '. /etc/os-release && echo "$PRETTY_NAME"'), oneDNN $(inside \
    "dpkg-query --show --showformat='\${Version}' libdnnl-dev"): both commands passed in $SECONDS s"
