"""`python -m simulation --seeds 100`, or `--seed N` to repeat one."""

import os
import sys

# Before any other import: the order of sets of strings is decided when the interpreter starts.
if os.environ.get("PYTHONHASHSEED") != "0":
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable, "-m", "simulation", *sys.argv[1:]])

from simulation import runner

runner.install()

from simulation.command import main  # noqa: E402

sys.exit(main())
