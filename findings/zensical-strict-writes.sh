#!/usr/bin/env bash
# zensical 0.0.73
#
# Guess: a build that `--strict` aborts leaves the site of the last good build as it was.
# What happens: the whole new site is there, the page with the broken link included; only the exit code says that the
# build was aborted. Whoever serves the folder serves it.
#
# Observed:
#   good build: exit 0, the page says: As it was.
#   aborted build: exit 1, the page says: A broken link.
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv --only-binary :all: zensical==0.0.73

mkdir docs
printf '[project]\nsite_name = "A site"\n' >zensical.toml

# Builds a page with the text $2 and prints what $1, the exit code and the page say.
build() {
    local code=0
    printf '# Start\n\n%s\n' "$2" >docs/index.md
    "$python" -I -m zensical build --strict >/dev/null 2>&1 || code=$?
    echo "$1: exit $code, the page says: $(sed -n 's/.*<p>\(As it was\|A <a[^>]*>broken link<\/a>\)\..*/\1./p' site/index.html |
        sed 's/<[^>]*>//g')"
}

{
    build "good build" "As it was."
    build "aborted build" "A [broken link](none.md)."
} | check_observed
