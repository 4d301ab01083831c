"""`make setup` itself, in a copy of the project, from the cache that filled this environment."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT

import pytest

COPIED = (
    "tools", "hummingbot", "peatio_cli", "peatio_liquidity", "peatio_page", "peatio_sandbox", "setup.py",
    "pyproject.toml",    "requirements.txt", "README.md", "LICENSE",
)  # fmt: skip
# Nothing is downloaded or compiled here.
OFFLINE = {name: value for name, value in os.environ.items() if name not in ("DEV", "HUMMINGBOT_RELEASE")} | {
    "UV_OFFLINE": "1",
    "PYTHON": getattr(sys, "_base_executable", sys.executable),
}


def set_up(folder: Path) -> str:
    """Runs the set-up in ``folder`` and returns what it printed; skips the test where uv's cache has not everything."""
    done = subprocess.run(
        [folder / "tools" / "setup"], env=OFFLINE, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, text=True
    )
    if done.returncode != 0 and not os.environ.get("CI"):
        log = folder / ".venv" / "set-up.log"
        said = log.read_text("utf-8") if log.exists() else done.stdout
        if "network was disabled" in said.lower() or "package index cannot be reached" in done.stdout:
            pytest.skip("uv's cache does not have all of the lock file; `make setup` fills it")
    assert done.returncode == 0, done.stdout
    return done.stdout


def works(folder: Path) -> bool:
    """Whether the installed command runs."""
    command = [str(folder / ".venv" / "bin" / "hummingbot-peatio"), "--version"]
    try:
        return subprocess.run(command, stdin=DEVNULL, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.fixture(scope="module")
def copy(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("set-up") / "project"
    folder.mkdir()
    ignored = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        if (project / name).is_dir():
            shutil.copytree(project / name, folder / name, ignore=ignored)
        else:
            shutil.copyfile(project / name, folder / name)
    yield folder
    shutil.rmtree(folder.parent)


@pytest.mark.timeout(600)
def test_a_folder_is_set_up_and_mended_whatever_happened_to_it(copy: Path) -> None:
    """From the cache, then moved, then killed in the middle."""
    assert ".venv is ready" in set_up(copy)
    assert works(copy)
    assert set_up(copy) == ""

    moved = copy.rename(copy.with_name("moved"))
    assert not works(moved), "its scripts name the old folder"
    set_up(moved)
    assert works(moved)

    shutil.rmtree(moved / ".venv")
    process = subprocess.Popen(
        [moved / "tools" / "setup"], env=OFFLINE, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, text=True
    )
    site_packages = moved / ".venv" / "lib" / "python3.12" / "site-packages"
    while process.poll() is None and not (site_packages / "hummingbot").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not works(moved)
    set_up(moved)
    assert works(moved)
    moved.rename(copy)
