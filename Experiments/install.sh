#!/usr/bin/env bash
# Puts the built ldct on the PATH, with its manual page and completions of bash, zsh and fish.
#
#   bash Experiments/install.sh               into ~/.local
#   bash Experiments/install.sh /usr/local    into another folder
#
# LDCT names the program (default: .build/release/ldct of this repository). To remove it again, delete the files it lists.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ldct="${LDCT:-.build/release/ldct}"
prefix="${1:-$HOME/.local}"
[[ -x "$ldct" ]] || { echo "install.sh: $ldct is not there; expected a build (swift build -c release)" >&2; exit 2; }

# put FILE: standard input becomes PREFIX/FILE, at once.
put() {
    mkdir -p "$(dirname "$prefix/$1")"
    cat >"$prefix/$1.new"
    mv "$prefix/$1.new" "$prefix/$1"
    echo "$prefix/$1"
}

put bin/ldct <"$ldct"
chmod 755 "$prefix/bin/ldct"
"$ldct" manual | put share/man/man1/ldct.1
"$ldct" --generate-completion-script bash | put share/bash-completion/completions/ldct
"$ldct" --generate-completion-script zsh | put share/zsh/site-functions/_ldct
"$ldct" --generate-completion-script fish | put share/fish/vendor_completions.d/ldct.fish
case ":$PATH:" in
*":$prefix/bin:"*) ;;
*) echo "$prefix/bin is not on the PATH: export PATH=\"$prefix/bin:\$PATH\"" >&2 ;;
esac
