# shellcheck shell=bash
# Sourced by Experiments/reproduce.sh, Tests/run.sh and the container recipes: makes sure that everything the build needs is
# there. Knows Debian 12 and 13, Ubuntu 24.04 and later, and what is made of them.
#
# Only what is missing is installed, with apt-get, and only then is anything asked of the network. Nothing is ever
# asked of the user.

# Tools, each as command:package.
readonly LDCT_TOOLS=(g++:g++ make:make pkg-config:pkg-config git:git tar:tar gzip:gzip)
# Libraries with their headers, and the certificates that fetching Swift packages needs.
readonly LDCT_LIBRARIES=(ca-certificates libgmp-dev libhdf5-dev libdnnl-dev libgdcm-dev liblapacke-dev zlib1g-dev)

# Shared libraries of a Swift toolchain that a small system lacks, each as soname:package.
readonly LDCT_TOOLCHAIN_LIBRARIES=(
    libncurses.so.6:libncurses6 libform.so.6:libncurses6 libpanel.so.6:libncurses6 libtinfo.so.6:libtinfo6
    libxml2.so.2:libxml2 libcurl.so.4:libcurl4 libedit.so.2:libedit2 libsqlite3.so.0:libsqlite3-0 libz.so.1:zlib1g
    libuuid.so.1:libuuid1 libz3.so.4:libz3-4 libstdc++.so.6:libstdc++6)

ldct_fail() {
    echo "error: $*" >&2
    exit 2
}

ldct_is_installed() {
    [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

# Ends the script on a system that is known to be too old; says so on one that nobody tried.
ldct_check_system() {
    local what="expected Debian 12 or later, or Ubuntu 24.04 or later (oneDNN 2.6, GDCM 3.0, HDF5 1.10)"
    command -v dpkg-query >/dev/null || ldct_fail "this script knows Debian and Ubuntu only;" \
        "install the counterparts of: ${LDCT_LIBRARIES[*]}, then run swift build -c release"
    local id version name
    id="$(. /etc/os-release && echo "${ID:-}")"
    version="$(. /etc/os-release && echo "${VERSION_ID:-}")"
    name="$(. /etc/os-release && echo "${PRETTY_NAME:-unknown system}")"
    # Testing and unstable have no number.
    [[ -n "$version" ]] || return 0
    local least
    case "$id" in
        debian) least=12 ;;
        ubuntu) least=24.04 ;;
        *)
            echo "$name was not tried; $what" >&2
            return 0
            ;;
    esac
    dpkg --compare-versions "$version" ge "$least" || ldct_fail "$name is too old; $what"
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
    ldct_check_system
    mapfile -t missing < <(ldct_missing_packages)
    if ((${#missing[@]})); then
        echo "Installing ${missing[*]} ..." >&2
        ldct_install "${missing[@]}" || ldct_fail "cannot install: ${missing[*]}." \
            "Offline, or no rights? Install them by hand: apt-get install --no-install-recommends ${missing[*]}"
    fi
    ldct_check_swift
}

# Figures are drawn by gnuplot; whoever cannot have it gets tables and the figures' data.
ldct_gnuplot() {
    command -v gnuplot >/dev/null || ldct_install gnuplot-nox ||
        echo "gnuplot-nox cannot be installed: figures are not drawn, their data is still written" >&2
}

# Prints the sonames that programs of the toolchain on the PATH do not find, one a line.
ldct_missing_sonames() {
    local folder
    folder="$(dirname "$(readlink -f "$(command -v swift)")")"
    local program
    for program in swift-frontend swift-driver swift-build swift-package swift-test clang; do
        [[ -x "$folder/$program" ]] || continue
        (ldd "$folder/$program" 2>/dev/null || true) | sed -n 's/^[[:space:]]*\(.*\) => not found$/\1/p'
    done | sort -u
}

# Installs the shared libraries without which the toolchain does not start. Ends the script, naming them, if that cannot be.
ldct_toolchain_libraries() {
    local sonames=() packages=() unknown=() soname entry package
    mapfile -t sonames < <(ldct_missing_sonames)
    ((${#sonames[@]})) || return 0
    for soname in "${sonames[@]}"; do
        package=""
        for entry in "${LDCT_TOOLCHAIN_LIBRARIES[@]}"; do
            [[ "${entry%%:*}" == "$soname" ]] && package="${entry##*:}"
        done
        if [[ -n "$package" ]]; then packages+=("$package"); else unknown+=("$soname"); fi
    done
    ((${#unknown[@]} == 0)) || ldct_fail "the Swift toolchain needs ${unknown[*]}, which is not here;" \
        "expected a toolchain for this system, from https://www.swift.org/install/linux/"
    echo "Installing ${packages[*]} for the Swift toolchain (it needs ${sonames[*]}) ..." >&2
    ldct_install "${packages[@]}" || ldct_fail "the Swift toolchain needs ${sonames[*]}; cannot install ${packages[*]}." \
        "Offline, or no rights? Install them by hand: apt-get install --no-install-recommends ${packages[*]}"
}

ldct_check_swift() {
    local where="expected Swift 6.2 or later, from https://www.swift.org/install/linux/"
    command -v swift >/dev/null || ldct_fail "swift is not on the PATH; $where"
    ldct_toolchain_libraries
    local version
    version="$( (swift --version 2>/dev/null || true) | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p')"
    [[ -n "$version" ]] || ldct_fail "swift --version does not work: $( (swift --version 2>&1 || true) | tail -n 1); $where"
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
