"""Runs the tests that failed in the last run once more, one at a time. `.ci/run` calls it after a failed `make test`.

Thousands of tests run over real sockets, three processes at a time; on a machine that stands still for seconds one of
them may miss its moment. A change is refused when its fault shows twice; a test that passes here is named, because
it is a race to be mended. More than three failures are never a matter of chance, so that nothing is repeated then;
coverage has to be reached by the first run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

MOST_FAILURES = 3


def failed(root: Path) -> list[str]:
    """The ids of the tests that failed in the last run of pytest in `root`: none where it wrote no list."""
    try:
        return list(json.loads((root / ".pytest_cache/v/cache/lastfailed").read_text()))
    except FileNotFoundError:
        return []


def main(root: Path) -> int:
    tests = failed(root)
    if not tests:
        print("CI: no test failed; what stopped `make test` stands above.")
        return 1
    if len(tests) > MOST_FAILURES:
        print(f"CI: {len(tests)} tests failed; at most {MOST_FAILURES} are repeated.")
        return 1
    if subprocess.run([sys.executable, "-m", "coverage", "report", "--format=total"], cwd=root, check=False).returncode:
        print("CI: the coverage is not reached; no test is repeated.")
        return 1
    print(f"CI: repeating, one at a time: {', '.join(tests)}", flush=True)
    again = subprocess.run([sys.executable, "-m", "pytest", "-n", "0", "--no-cov", *tests], cwd=root, check=False)
    if again.returncode:
        return 1
    for test in tests:
        print(f"CI: A RACE, to be mended: {test} failed once and passed when it was repeated.")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
