#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: after `pip install hummingbot` there is the command `hbot` of its documentation, and the scripts and
# controllers of its repository.
# What happens: the package declares no command at all. The one script it puts beside Python imports a module that is
# not in the package. Its command line is there all the same, as a module. Scripts and controllers are not.
#
# Observed:
#   entry points: []
#   bin/hbot: missing
#   bin/hummingbot_quickstart.py: ModuleNotFoundError: No module named 'path_util'
#   python -m hummingbot.cli.main --version: hbot dev-2.18.0
#   import scripts: missing
#   import controllers: missing
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import importlib.metadata
import importlib.util
import subprocess
import sys
import sysconfig
from pathlib import Path

programs = Path(sysconfig.get_path("scripts"))


def last_line(*arguments: str | Path) -> str:
    result = subprocess.run([sys.executable, "-I", *arguments], capture_output=True, text=True, check=False)
    return (result.stdout + result.stderr).strip().splitlines()[-1]


print("entry points:", list(importlib.metadata.distribution("hummingbot").entry_points))
print("bin/hbot:", "there" if (programs / "hbot").exists() else "missing")
print("bin/hummingbot_quickstart.py:", last_line(programs / "hummingbot_quickstart.py", "--help"))
print("python -m hummingbot.cli.main --version:", last_line("-m", "hummingbot.cli.main", "--version"))
for name in ("scripts", "controllers"):
    print(f"import {name}:", "there" if importlib.util.find_spec(name) else "missing")
PYTHON
