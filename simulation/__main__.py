"""`python -m simulation --seeds 100`, or `--seed N` to repeat one."""

import os
import sys

# Before any other import: the order of sets of strings is decided when the interpreter starts.
if os.environ.get("PYTHONHASHSEED") != "0":
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable, "-m", "simulation", *sys.argv[1:]])

import test  # noqa: F401 - ours, which the standard library has too

# The packages of the wheel come from where it is installed, as in the tests; what is not in it from this folder.
sys.path.append(sys.path.pop(0))

from simulation import runner

runner.install()

from simulation.command import main  # noqa: E402

sys.exit(main())
