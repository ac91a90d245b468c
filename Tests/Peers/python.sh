# shellcheck shell=bash
# For scripts that compare with Python packages, which source it.

# python_environment NAME PACKAGE...: installs packages from PyPI into a virtual environment, "$folder/venv", that is thrown away with
# "$folder" at the end. Ends the script with status 0 and a line where that is not possible.
python_environment() {
    local name="$1"
    shift
    folder="$(mktemp -d)"
    trap 'rm -rf "$folder"' EXIT
    command -v python3 >/dev/null || python_skip "$name" "there is no python3"
    python3 -m venv "$folder/venv" >/dev/null 2>&1 ||
        python_skip "$name" "python3 cannot make virtual environments (package python3-venv)"
    "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --timeout 20 "$@" >/dev/null 2>&1 ||
        python_skip "$name" "$* cannot be installed from PyPI"
}

python_skip() {
    echo "$1: skipped, $2" >&2
    exit 0
}
