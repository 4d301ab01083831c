"""What CI does after a failed run: a test that fails twice is a fault, one that passes alone is named as a race."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools/failed_again.py"

TESTS = """
from pathlib import Path

import pytest

def test_passes():
    pass

def test_passes_the_second_time(request):
    seen = Path(request.config.rootpath) / "seen"
    before = seen.exists()
    seen.touch()
    assert before or not {race}

@pytest.mark.parametrize("number", range({failing}))
def test_fails(number):
    assert False
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs Python in `folder`, without the settings of the run of pytest that this test belongs to."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-p xdist -p pytest_cov"}
    return subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True,
                          timeout=60, check=False)


def first_run(folder: Path, race: bool = False, failing: int = 0, coverage: int = 0) -> None:
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / ".coveragerc").write_text(f"[report]\nfail_under = {coverage}\n")
    (folder / "test_some.py").write_text(TESTS.format(race=race, failing=failing))
    run(folder, "-m", "pytest", "-n", "0", "--cov=.")


def test_a_test_that_passes_alone_is_named_and_refuses_nothing(tmp_path: Path) -> None:
    first_run(tmp_path, race=True)
    again = run(tmp_path, str(SCRIPT))
    assert again.returncode == 0, again.stdout + again.stderr
    assert "1 passed" in again.stdout, "the failed test alone"
    assert again.stdout.endswith("test_some.py::test_passes_the_second_time failed once and passed when it was "
                                 "repeated.\n")


@pytest.mark.parametrize(("failing", "race", "said"), [
    (1, False, "1 failed"),
    (1, True, "1 failed, 1 passed"),
    (4, False, "4 tests failed; at most 3 are repeated"),
    (0, False, "no test failed; what stopped `make test` stands above"),
])
def test_a_fault_that_stays_is_refused(tmp_path: Path, failing: int, race: bool, said: str) -> None:
    first_run(tmp_path, race=race, failing=failing)
    again = run(tmp_path, str(SCRIPT))
    assert again.returncode == 1
    assert said in again.stdout


def test_a_run_that_does_not_reach_its_coverage_is_refused(tmp_path: Path) -> None:
    first_run(tmp_path, race=True, coverage=101)
    again = run(tmp_path, str(SCRIPT))
    assert again.returncode == 1
    assert "coverage is not reached" in again.stdout
