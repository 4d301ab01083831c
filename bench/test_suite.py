"""What the test suite takes beside that of the build of before, each in a clone with an environment of its own.

Of the present suite, files that were added since are left out: they test what did not exist then. Set-up does not
count.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.before import COMMIT
from bench.set_up import FOREIGN

ROOT = Path(__file__).parents[1]
#: A file of which so much is left is the same one, moved.
SAME_PERCENT = 40
_COUNT = re.compile(r"(\d+) (passed|failed|errors?)\b")


def measure(subject: str, set_up: Sequence[str], tests: Sequence[str]) -> dict[str, float]:
    """Wall time of `tests`, and how many passed and did not.

    :param set_up: the command that makes the environment, in the clone
    :param tests: the command that runs the suite there; files to leave out are added
    :raises RuntimeError: when a clone cannot be made or set up, or no test ran
    """
    is_before = (Path(sys.prefix).parent / "sources").is_dir()
    with TemporaryDirectory(prefix="bench-test-suite-") as temporary:
        clone = Path(temporary, "project")
        _run(["git", "clone", "-q", str(ROOT), str(clone)], ROOT)
        if is_before:
            _run(["git", "checkout", "-q", COMMIT], clone)
        _run(set_up, clone)
        left_out = [] if is_before else [f"--ignore={file}" for file in added(clone)]
        began_s = time.perf_counter()
        output = _run([*tests, *left_out], clone, may_fail=True)
        wall_s = time.perf_counter() - began_s
    counts = {"passed": 0, "failed": 0}
    for count, word in _COUNT.findall(output.strip().splitlines()[-1] if output.strip() else ""):
        counts["passed" if word == "passed" else "failed"] += int(count)
    if not counts["passed"]:
        raise RuntimeError(f"no test passed: {output.strip().splitlines()[-3:]}")
    return {"wall_s": wall_s, **counts}


def added(clone: Path) -> Iterator[str]:
    """The files of tests that the build of before did not have, under any name."""
    changes = _run(
        ["git", "diff", f"-M{SAME_PERCENT}%", "-l0", "--name-status", "--diff-filter=A", COMMIT, "HEAD", "--", "test"],
        clone,
    )
    for line in changes.splitlines():
        name = line.split("\t")[-1]
        if Path(name).name.startswith("test_"):
            yield name


def _run(command: Sequence[str], folder: Path, may_fail: bool = False) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    environment["PYTHON"] = getattr(sys, "_base_executable", sys.executable)
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0 and not may_fail:
        raise RuntimeError(f"{' '.join(command)} failed: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    return done.stdout
