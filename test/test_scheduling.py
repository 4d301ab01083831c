"""Files that wait for most of their time share one worker. Shown by a pytest of its own with real workers."""

import subprocess
import sys
from pathlib import Path

from test.scheduling import WAITING

ROOT = Path(__file__).parents[1]
CONFTEST = """
import sys
sys.path.insert(0, {root!r})
from test.scheduling import WaitingApart

def pytest_xdist_make_scheduler(config, log):
    return WaitingApart(config, log)
"""
TEST_FILE = """
import os, pathlib, pytest, time

@pytest.mark.parametrize("number", range(4))
def test_it(number):
    path, name = pathlib.Path({notes!r}), {name!r}
    while name.startswith("test_busy") and path.read_text().count("waits") < {waiting}:
        time.sleep(0.01)  # busy until all that wait have been run
    with path.open("a") as notes:
        notes.write(os.environ["PYTEST_XDIST_WORKER"] + " " + name + (" busy" if "busy" in name else " waits") + "\\n")
"""
BUSY = tuple(f"test_busy_{number}.py" for number in range(8))


def workers(folder: Path, count: int, names: tuple[str, ...]) -> dict[str, set[str]]:
    """Which workers ran each file; every file has four tests."""
    notes = folder / "notes"
    notes.touch()
    for name in names:
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(TEST_FILE.format(notes=str(notes), name=name, waiting=4 * len(set(names) & set(WAITING))))
    (folder / "conftest.py").write_text(CONFTEST.format(root=str(ROOT)))
    command = (sys.executable, "-m", "pytest", "-q", "-n", str(count), "--dist", "loadfile", "--no-loadscope-reorder")
    options = ("-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(folder), "--import-mode=importlib")
    done = subprocess.run(
        [*command, *options, str(folder)], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert f"{4 * len(names)} passed" in done.stdout, done.stdout + done.stderr
    lines = notes.read_text().splitlines()
    assert len(lines) == 4 * len(names)
    ran: dict[str, set[str]] = {}
    for worker, name, _ in map(str.split, lines):
        ran.setdefault(name, set()).add(worker)
    assert all(len(each) == 1 for each in ran.values())
    return ran


def test_one_of_three_workers_runs_all_that_wait_and_nothing_else(tmp_path: Path) -> None:
    ran = workers(tmp_path, 3, (*BUSY, *WAITING))
    (waiting,) = {worker for name in WAITING for worker in ran[name]}
    assert waiting not in {worker for name in BUSY for worker in ran[name]}


def test_three_workers_share_files_that_do_not_wait(tmp_path: Path) -> None:
    ran = workers(tmp_path, 3, BUSY)
    assert len({worker for each in ran.values() for worker in each}) == 3
