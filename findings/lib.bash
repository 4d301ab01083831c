# What every finding needs; sourced by the scripts of this folder, not run.
#
# A finding calls `fresh_venv` or `hummingbot_venv` and then pipes what it observes into `check_observed`, which
# prints it and compares it with the block "# Observed:" in the head of the script.
#
#   PYTHON=/path/to/python3.12   the interpreter to use (found by itself otherwise)
#   FINDINGS_VENV=FOLDER         keeps the environment with Hummingbot in that folder, or takes the one that is there

set -o pipefail

HUMMINGBOT=20260922

findings=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
script=$findings/$(basename "$0")
case ${FINDINGS_VENV:-/} in
    /*) ;;
    *) FINDINGS_VENV=$PWD/$FINDINGS_VENV ;;
esac

work=$(mktemp -d "${TMPDIR:-/tmp}/finding.XXXXXX")
trap 'rm -rf "$work"' EXIT
# Without the hashes: with them pip would ask for those of everything that is not in the lock file.
pins=$work/pins.txt
sed -n 's/^\([a-z0-9.-]*==[^ ]*\) .*/\1/p' "$findings/../requirements.txt" >"$pins"
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$work"

# These would let packages of another environment be found, or install them elsewhere.
unset PYTHONPATH PYTHONHOME PIP_TARGET PIP_PREFIX PIP_USER PIP_CONSTRAINT
export PYTHONNOUSERSITE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

fail() {
    echo "$(basename "$script"): $*" >&2
    exit 1
}

# Prints the path of a Python that says, when it is run, that it is CPython 3.12.
find_python() {
    local candidate home=${HOME:-/nonexistent}
    for candidate in "${PYTHON:-python3.12}" python3.12 python3 \
        "${PYENV_ROOT:-$home/.pyenv}"/versions/3.12*/bin/python "$(uv python find 3.12 2>/dev/null || true)"
    do
        "$candidate" -I -c '
import sys
if sys.version_info[:2] != (3, 12) or sys.implementation.name != "cpython":
    sys.exit(1)
print(sys.executable)' 2>/dev/null </dev/null && return
    done
    fail "no Python 3.12 found; install one or name it: PYTHON=/path/to/python3.12 findings/$(basename "$script")"
}

# Makes an environment in the folder $1, with the pinned pip in it.
make_venv() {
    local base
    base=$(find_python)
    "$base" -m venv "$1"
    "$1/bin/python" -m pip install -qq --constraint "$pins" pip
}

# Makes an environment for this run only and installs what the arguments, pip's, say. Sets $python.
fresh_venv() {
    make_venv "$work/venv"
    python=$work/venv/bin/python
    "$python" -m pip install -qq "$@"
}

# The same with the pinned Hummingbot and all that it brings, or the environment in FINDINGS_VENV. Sets $python.
hummingbot_venv() {
    local venv=${FINDINGS_VENV:-$work/venv}
    if [ ! -e "$venv" ]; then
        echo "Installing hummingbot $HUMMINGBOT; where pip has no wheel of it yet, compiling takes minutes." >&2
        make_venv "$venv"
        "$venv/bin/python" -m pip install -qq --constraint "$pins" --build-constraint "$pins" \
            setuptools wheel "hummingbot==$HUMMINGBOT"
    fi
    python=$venv/bin/python
    "$python" -I - "$HUMMINGBOT" <<'PYTHON' || fail "the environment $venv does not serve here"
import importlib.metadata
import sys

installed = {found.metadata["Name"].lower(): found.version for found in importlib.metadata.distributions()}
if installed.get("hummingbot") != sys.argv[1]:
    sys.exit(f"hummingbot {sys.argv[1]} is needed, found: {installed.get('hummingbot', 'none')}")
if "hummingbot-peatio" in installed:
    sys.exit("hummingbot-peatio is installed too: a finding shows the other package without ours")
PYTHON
}

# Prints its input and fails unless that is, line by line, what stands under "# Observed:" in the script.
check_observed() {
    sed -n '/^# Observed:$/,/^[^#]/s/^#   //p' "$script" >"$work/stated"
    tee "$work/observed"
    diff -u --label "stated in $(basename "$script")" --label "observed now" "$work/stated" "$work/observed" >&2 ||
        fail "it behaves differently now"
}
