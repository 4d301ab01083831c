"""What `make setup` says when something is missing: one line with the remedy on stderr, and exit code 1."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# The interpreter behind the environment these tests run in.
REAL_PYTHON = getattr(sys, "_base_executable", sys.executable)


class Machine:
    """A copy of the project on a machine with nothing but what a test puts there."""

    def __init__(self, folder: Path, project: Path) -> None:
        self.project = folder / "project"
        self.home = folder / "home"
        self.path = folder / "bin"
        self.home.mkdir()
        self.path.mkdir()
        shutil.copytree(project / "tools", self.project / "tools")
        for name in ("requirements.txt", "setup.py", "pyproject.toml", "LICENSE", "README.md"):
            shutil.copyfile(project / name, self.project / name)
        self.add_program(self.path / "dirname", f'exec {shutil.which("dirname")} "$@"')

    def add_program(self, path: Path, script: str) -> None:
        """Puts a shell script at ``path``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def set_up(self, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs the set-up with ``variables`` and hardly any others in its environment."""
        env = {"PATH": str(self.path), "HOME": str(self.home), "PIP_CONFIG_FILE": os.devnull} | variables
        return subprocess.run(
            [self.project / "tools" / "setup"],
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path, project: Path) -> Machine:
    return Machine(tmp_path, project)


def assert_one_line(result: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1, result.stderr
    for part in parts:
        assert part in result.stderr


def test_no_python_3_12(machine: Machine) -> None:
    """A shim named python3.12 that fails and a python3 of another version are no Python 3.12."""
    machine.add_program(machine.path / "python3.12", "echo 'python3.12: command not found' >&2; exit 127")
    machine.add_program(machine.path / "python3", "exit 1")
    assert_one_line(machine.set_up(), "no Python 3.12 found", "apt install python3.12", "PYTHON=")
    assert not (machine.project / ".venv").exists()


@pytest.mark.parametrize(
    ("place", "variables"),
    [
        ("bin/python3.12", {}),
        ("bin/python3", {}),
        ("home/.pyenv/versions/3.12.9/bin/python3.12", {}),
        ("pyenv/versions/3.12.9/bin/python3.12", {"PYENV_ROOT": "{folder}/pyenv"}),
        ("home/.local/share/uv/python/cpython-3.12.9-linux-x86_64-gnu/bin/python3.12", {}),
        ("uv/cpython-3.12.9-linux-x86_64-gnu/bin/python3.12", {"UV_PYTHON_INSTALL_DIR": "{folder}/uv"}),
        ("of my own/python", {"PYTHON": "{folder}/of my own/python"}),
    ],
)
def test_python_is_found(machine: Machine, tmp_path: Path, place: str, variables: dict[str, str]) -> None:
    python = tmp_path / place
    used = tmp_path / "used"
    machine.add_program(python, f'echo > {used}\nexec {REAL_PYTHON} "$@"')
    # Found is enough here: without a compiler the set-up ends right after.
    result = machine.set_up(CXX="/none", **{name: text.format(folder=tmp_path) for name, text in variables.items()})
    assert_one_line(result, "no working C++ compiler")
    assert used.exists()


def test_a_wrong_python_is_said_and_passed_over(machine: Machine) -> None:
    machine.add_program(machine.path / "old-python", "exit 1")
    machine.add_program(machine.path / "python3.12", f'exec {REAL_PYTHON} "$@"')
    result = machine.set_up(PYTHON="old-python", CXX="/none")
    first, second = result.stderr.splitlines()
    assert "PYTHON=old-python is not Python 3.12" in first
    assert "no working C++ compiler" in second


def test_no_compiler_on_path(machine: Machine) -> None:
    result = machine.set_up(PYTHON=REAL_PYTHON)
    assert_one_line(result, "no working C++ compiler", "apt install g++", "xcode-select", "CC and CXX")
    assert not (machine.project / ".venv").exists()


def test_no_package_index(machine: Machine) -> None:
    """Nothing listens on the discard port of this machine."""
    result = machine.set_up(PYTHON=REAL_PYTHON, PATH=os.environ["PATH"], PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert_one_line(result, "package index cannot be reached", "PIP_INDEX_URL", ".venv/set-up.log")
    assert "127.0.0.1" in (machine.project / ".venv" / "set-up.log").read_text()


def test_no_credentials_are_printed(machine: Machine) -> None:
    index = "http://bob:hunter2@127.0.0.1:9/simple"
    result = machine.set_up(PYTHON=REAL_PYTHON, PATH=os.environ["PATH"], PIP_INDEX_URL=index)
    assert_one_line(result, "package index cannot be reached")
    printed = result.stdout + result.stderr + (machine.project / ".venv" / "set-up.log").read_text()
    assert "127.0.0.1:9" in printed
    assert "hunter2" not in printed


def test_an_index_without_the_pinned_uv(machine: Machine) -> None:
    """No other uv is taken: one on PATH is not asked."""
    machine.add_program(machine.path / "uv", f"echo > {machine.home}/asked")
    path = f"{machine.path}:{os.environ['PATH']}"
    result = machine.set_up(PYTHON=REAL_PYTHON, PATH=path, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(machine.home))
    assert_one_line(result, "uv, which installs everything else, could not be installed", "requirements.txt pins")
    assert not (machine.home / "asked").exists()
    made = [path.name for path in (machine.home / ".cache" / "hummingbot-peatio").iterdir()]
    assert made == [], "a half-made environment of uv's stays behind"


def test_no_venv_module(machine: Machine) -> None:
    """Debian's python3.12 without python3.12-venv."""
    set_up = machine.project / "tools" / "set_up.py"
    hidden = 'import sys\nsys.modules["ensurepip"] = None\n'
    set_up.write_text(set_up.read_text("utf-8").replace("import fcntl\n", f"import fcntl\n{hidden}", 1), "utf-8")
    result = machine.set_up(PYTHON=REAL_PYTHON, PATH=os.environ["PATH"])
    assert_one_line(result, "cannot create virtual environments", "apt install python3.12-venv")


def test_make_passes_the_line_on(machine: Machine, project: Path) -> None:
    """`make test` on a machine without Python 3.12 shows the same line and fails."""
    make = shutil.which("make")
    assert make is not None
    shutil.copyfile(project / "Makefile", machine.project / "Makefile")
    result = subprocess.run(
        [make, "-C", machine.project, "test"],
        env={"PATH": str(machine.path), "HOME": str(machine.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert result.stderr.startswith("make setup: no Python 3.12 found")
