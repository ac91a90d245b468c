# shellcheck shell=bash
# Sourced by scripts that measure and fill a document: what stands between `<!-- NAME -->` and `<!-- /NAME -->` is theirs.

# Ends the script before it measures anything where the document or one of its markers is missing.
fill_check() { # MARKER DOCUMENT
    local line
    for line in "<!-- $1 -->" "<!-- /$1 -->"; do
        [ "$(grep -cxF "$line" "$2" 2>/dev/null)" = 1 ] || { echo "error: $2: one line '$line' expected" >&2; exit 2; }
    done
}

# The document keeps its old lines until all of the new ones are known, and stays the file that it is: a link, a mode.
fill_between() { # MARKER DOCUMENT FILE
    local filled
    filled="$(mktemp)"
    awk -v marker="$1" -v part="$3" '
        $0 == "<!-- /" marker " -->" { inside = 0 }
        !inside { print }
        $0 == "<!-- " marker " -->" { inside = 1; print ""; while ((getline line < part) > 0) print line; print "" }
    ' "$2" > "$filled"
    cat "$filled" > "$2"
    rm -f "$filled"
}
