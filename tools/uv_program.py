"""The pinned uv, in a small environment of its own in the user's cache, and how it is run.

uv comes from the package index like everything else, at the version and with the hashes of the lock file. No other uv
is used: what `make setup` does must not depend on which one is on PATH.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

from caches import cache_folder, uv_cache_variables
from pip_settings import pip_settings, uv_environment
from progress import masked, run_logged

# These variables would install packages elsewhere, import them from there, or change how Hummingbot is compiled: the
# compiled wheel stays in uv's cache, whose key does not include them.
FOREIGN_VARIABLES = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_CONSTRAINT", "PIP_ROOT",
                     "PIP_NO_DEPS", "DEV_MODE", "WITHOUT_CYTHON_OPTIMIZATIONS")  # fmt: skip


class UvMissingError(Exception):
    """The pinned uv could not be installed; the message is pip's reason in one line."""


class UvError(Exception):
    """uv failed.

    :ivar output: all that it printed, without credentials
    """

    def __init__(self, output: str) -> None:
        super().__init__(output)
        self.output = output


class Uv:
    """An installed uv, with the environment variables that it is run with."""

    def __init__(self, folder: Path, environment: Mapping[str, str], root: Path, log: Path) -> None:
        self._program = folder / "bin" / "uv"
        self._root = root
        self._environment = dict(environment)
        self._log = log

    def with_main_index_only(self) -> "Uv":
        """Returns the same uv without extra indexes and find-links."""
        others = ("UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX")
        kept = {name: value for name, value in self._environment.items() if name not in others}
        return Uv(self._program.parent.parent, kept, self._root, self._log)

    def run(self, *arguments: str | Path, activity: str = "starting", **variables: str) -> None:
        """Runs ``uv pip …`` in the project's folder, whose settings it reads, showing its progress. Raises UvError."""
        command = [self._program, "pip", *arguments, "--verbose", "--no-progress", "--color", "never"]
        code, output = run_logged(command, self._environment | variables, self._log, activity, self._root)
        if code != 0:
            raise UvError(output)


def lock_entry(lock: Path, name: str) -> str:
    """Returns the lines of one package in a lock file: its pin and hashes. Raises ValueError if it has none."""
    found = re.search(rf"^{re.escape(name)}==(?:.*\\\n)*.*\n", lock.read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise ValueError(f"{lock.name} pins no {name}")
    return found[0]


def pinned_version(lock: Path, name: str) -> str:
    """Returns the version of one package in a lock file. Raises ValueError if it has none."""
    return lock_entry(lock, name).split()[0].partition("==")[2]


def clean_environment() -> dict[str, str]:
    """Returns this process's environment without the variables that are not for a set-up."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN_VARIABLES}
    return kept | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PYTHONNOUSERSITE": "1"}


def uv_folder(lock: Path, root: Path) -> Path:
    """Returns where the uv that ``lock`` pins belongs. It is one folder for each version and interpreter."""
    key = hashlib.sha256(f"{lock_entry(lock, 'uv')}\0{sys.executable}".encode()).hexdigest()[:12]
    return cache_folder(os.environ, root) / f"uv-{pinned_version(lock, 'uv')}-{key}"


def is_installed(folder: Path) -> bool:
    """Whether both uv and the pip that belongs to it can be run."""
    uv, python = str(folder / "bin" / "uv"), str(folder / "bin" / "python")
    for command in ([uv, "--version"], [python, "-I", "-c", "import pip"]):
        try:
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return False
    return True


def install_uv(lock: Path, folder: Path, log: Path) -> None:
    """Makes ``folder``, whole or not at all. Raises UvMissingError, or OSError if the cache cannot be written."""
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder.parent) as made:
        environment = Path(made, "environment")
        try:
            venv.create(environment, symlinks=True, with_pip=True)
        except subprocess.CalledProcessError as error:
            raise UvMissingError(f"the environment for it could not be created: {error}") from error
        entry = Path(made, "uv.txt")
        entry.write_text(lock_entry(lock, "uv"), "utf-8")
        # One retry: this first, small request fails quickly without a network.
        _pip(
            (environment / "bin" / "python", "-m", "pip", "install", "--retries", "1", "--timeout", "20"),
            ("--require-hashes", "--only-binary", ":all:", "--progress-bar", "off", "--requirement", entry),
            log,
        )
        if is_installed(folder):
            return  # by the set-up of another clone meanwhile, which uses it
        if folder.exists():
            shutil.rmtree(folder)
        environment.rename(folder)


def _pip(command: Sequence[str | Path], options: Sequence[str | Path], log: Path) -> None:
    code, output = run_logged([*command, *options], clean_environment(), log, "installing uv")
    if code != 0:
        raise UvMissingError(output)


def open_uv(folder: Path, root: Path, log: Path) -> Uv:
    """Returns the uv in ``folder``, set up to act as the user's pip would. Raises PipSettingsError."""
    settings = pip_settings(folder / "bin" / "python")
    environment = uv_environment(settings, clean_environment())
    environment |= {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"} | uv_cache_variables(environment, root)
    return Uv(folder, environment, root, log)


def last_error(output: str) -> str:
    """Returns the reason that pip or uv printed last, in one line without credentials."""
    lines = [line.strip() for line in output.splitlines()]
    errors = [line for line in lines if line.lower().startswith(("error", "cause:", "× "))]
    if not errors:
        return "no error message"
    # uv prints an error and then its causes; the first and the last of them say what and why.
    first = max(index for index, line in enumerate(errors) if index == 0 or not line.startswith("cause:"))
    chain = errors[first:]
    return masked(" … ".join(dict.fromkeys((chain[0], chain[-1]))))[:300]
