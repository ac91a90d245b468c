# shellcheck shell=bash
# Sourced by Experiments/reproduce.sh and Tests/run.sh: makes sure that everything the build needs is there.
#
# Only what is missing is installed, with apt-get, and only then is anything asked of the network. Nothing is ever
# asked of the user.

# Tools, each as command:package.
readonly LDCT_TOOLS=(g++:g++ make:make pkg-config:pkg-config git:git tar:tar gzip:gzip)
# Libraries with their headers, and the certificates that fetching Swift packages needs.
readonly LDCT_LIBRARIES=(ca-certificates libgmp-dev libhdf5-dev libdnnl-dev libgdcm-dev liblapacke-dev)

ldct_fail() {
    echo "error: $*" >&2
    exit 2
}

ldct_is_installed() {
    [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

# Prints the packages that are missing, one a line.
ldct_missing_packages() {
    local entry
    for entry in "${LDCT_TOOLS[@]}"; do
        command -v "${entry%%:*}" >/dev/null || echo "${entry##*:}"
    done
    for entry in "${LDCT_LIBRARIES[@]}"; do
        ldct_is_installed "$entry" || echo "$entry"
    done
}

# Installs the packages given; options of apt-get install may stand before them. Returns 1, and says nothing, if that is
# not possible.
ldct_install() {
    local as_root=()
    if [[ "$(id -u)" != 0 ]]; then
        # -n: fail rather than ask for a password.
        command -v sudo >/dev/null && sudo -n true 2>/dev/null || return 1
        as_root=(sudo -n)
    fi
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq
        -o DPkg::Lock::Timeout=60 -o Acquire::Retries=1 -o Acquire::http::Timeout=20)
    if [[ -z "${LDCT_APT_UPDATED:-}" ]]; then
        LDCT_APT_UPDATED=1
        # Old package lists may still do, so a failure here is not the end.
        "${as_root[@]}" "${apt[@]}" update >/dev/null 2>&1 || true
    fi
    "${as_root[@]}" "${apt[@]}" install --yes --no-install-recommends "$@" >/dev/null 2>&1
}

# Installs what the build needs and checks the Swift toolchain. Ends the script with a message if either cannot be had.
ldct_setup() {
    local missing=()
    command -v dpkg-query >/dev/null || ldct_fail "this script knows Debian and Ubuntu only;" \
        "install the counterparts of: ${LDCT_LIBRARIES[*]}, then run swift build -c release"
    mapfile -t missing < <(ldct_missing_packages)
    if ((${#missing[@]})); then
        echo "Installing ${missing[*]} ..." >&2
        ldct_install "${missing[@]}" || ldct_fail "cannot install: ${missing[*]}." \
            "Offline, or no rights? Install them by hand: apt-get install --no-install-recommends ${missing[*]}"
    fi
    ldct_check_swift
}

ldct_check_swift() {
    local where="expected Swift 6.2 or later, from https://www.swift.org/install/linux/"
    command -v swift >/dev/null || ldct_fail "swift is not on the PATH; $where"
    local version
    version="$( (swift --version 2>/dev/null || true) | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p')"
    [[ -n "$version" ]] || ldct_fail "swift --version does not work; $where"
    local major="${version%%.*}" minor="${version##*.}"
    ((major > 6 || (major == 6 && minor >= 2))) || ldct_fail "swift is version $version; $where"
}

# Tells apart the one failure of a build that is not about the code: Swift packages that were never fetched.
ldct_build() {
    "$@" && return
    [[ -d .build/checkouts ]] || ldct_fail "the Swift packages could not be fetched from github.com;" \
        "the first build needs the network"
    ldct_fail "the build failed; see above"
}
