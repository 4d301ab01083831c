#!/usr/bin/env bash
# zensical 0.0.73
#
# Guess: `zensical build --strict`, which checks links and aborts on a broken one, fails on every link within the site
# that leads nowhere.
# What happens: it looks at links to Markdown pages and at places on them. A picture, a file to download and a folder that
# do not exist are built without a word, and so is a link that is written as HTML.
#
# Observed:
#   [page](none.md): exit 1
#   [place](other.md#none): exit 1
#   [file](none.json): exit 0
#   ![picture](none.png): exit 0
#   [folder](none/): exit 0
#   <a href="none.html">page</a>: exit 0
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv --only-binary :all: zensical==0.0.73

mkdir docs
printf '[project]\nsite_name = "A site"\n' >zensical.toml
echo '# Other' >docs/other.md
while IFS= read -r link; do
    printf '# Start\n\n%s\n' "$link" >docs/index.md
    code=0
    "$python" -I -m zensical build --strict --clean >/dev/null 2>&1 || code=$?
    echo "$link: exit $code"
done <<'LINKS' | check_observed
[page](none.md)
[place](other.md#none)
[file](none.json)
![picture](none.png)
[folder](none/)
<a href="none.html">page</a>
LINKS
