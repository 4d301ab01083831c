#!/usr/bin/env bash
# hummingbot 20260922 (PyPI), with pandas-ta: every release on the index, the newest seen was 0.4.71b0
#
# Guess: Hummingbot can be installed on every Python that its metadata allows, 3.10 and 3.11 included.
# What happens: it requires pandas-ta, and every release of that on the index wants 3.12 at least. pip finds out only
# when it resolves the dependencies.
#
# Observed:
#   hummingbot: Requires-Python >=3.10.12, pandas-ta>=0.4.71b
#   pandas-ta>=0.4.71b on 3.10: nothing fits
#   pandas-ta>=0.4.71b on 3.11: nothing fits
#   pandas-ta>=0.4.71b on 3.12: a wheel
#   pandas-ta, any version, on 3.11: nothing fits
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

# Says whether pip finds a wheel for the requirement $1 on Python $2.
wheel_for() {
    local log=$work/pip.log
    if "$python" -m pip download -qq --pre --no-deps --only-binary :all: --python-version "$2" \
        --dest "$work/wheels" "$1" 2>"$log"
    then
        echo "a wheel"
    elif grep -q 'No matching distribution found for pandas-ta' "$log"; then
        echo "nothing fits"
    else
        cat "$log"
    fi
}

{
    "$python" -I -c '
from importlib.metadata import metadata
head = metadata("hummingbot")
needs = [line for line in head.get_all("Requires-Dist") if line.startswith("pandas-ta")]
print("hummingbot: Requires-Python", head["Requires-Python"] + ",", *needs)'
    for version in 3.10 3.11 3.12; do
        echo "pandas-ta>=0.4.71b on $version: $(wheel_for 'pandas-ta>=0.4.71b' "$version")"
    done
    echo "pandas-ta, any version, on 3.11: $(wheel_for pandas-ta 3.11)"
} | check_observed
