"""Hummingbot instance directories: several bots from one installation, each with its own configuration.

Hummingbot keeps `conf/`, `logs/` and `data/` beside its package, which for an installed Hummingbot is
site-packages, and has no setting that moves them: every path comes from where `hummingbot/__init__.py` lies.
So an instance is a directory with a real copy of that one file and a symbolic link for everything else in the
package. Put first on PYTHONPATH it is the `hummingbot` that gets imported, and all paths stay inside it.
A few lines of ours stand behind the copy (`rates_hook`). Scripts and controllers are beside it (`strategy_files`).
"""

import enum
import fcntl
import json
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from peatio_cli.install import strategy_files
from peatio_cli.install.directories import no_directory, not_a_directory

MARKER_NAME = ".hummingbot-peatio.json"
MARKER_FORMAT = 1
LAUNCHER_NAME = "hbot"
CONNECTOR_PATH = Path("connector", "exchange", "peatio")

# What Hummingbot's commands expect to exist; it makes none of these itself except `data`.
OWN_DIRECTORIES = (
    Path("conf", "connectors"),
    Path("conf", "strategies"),
    Path("conf", "scripts"),
    Path("conf", "controllers"),
    Path("logs"),
    Path("data"),
)

LAUNCHER = """\
#!/bin/sh
# Hummingbot's command line for the instance in this script's directory: ./hbot --help
cd -- "$(dirname -- "$0")" || exit 1
PYTHONPATH="$(pwd)${{PYTHONPATH:+:$PYTHONPATH}}"
export PYTHONPATH
exec {python} -c 'from hummingbot.cli.main import app; app(prog_name="hbot")' "$@"
"""


# Behind the copy of Hummingbot's `__init__.py`. Without this package Hummingbot starts as it would without these lines.
HOOK = """
# Added by `hummingbot-peatio init`: the rates of conf/peatio.yml in every process of this instance.
try:
    from peatio_cli.install.rates_hook import install as _use_configured_rates
except ImportError:
    pass
else:
    _use_configured_rates()
"""


class InstanceError(Exception):
    """The instance directory cannot be created or used; the text says why and what to do."""


class InstancePurpose(enum.Enum):
    """What an instance is for. Each demo deletes the keys of a demo's instance; a user's keys are never deleted."""

    ORDINARY = "ordinary"
    DEMO = "demo"


class Instance(NamedTuple):
    """An instance directory that is ready for use."""

    directory: Path
    is_new: bool

    @property
    def launcher(self) -> Path:
        """The `hbot` script that runs Hummingbot's command line in this instance."""
        return self.directory / LAUNCHER_NAME


def hummingbot_package() -> Path:
    """The folder of the installed `hummingbot` package, found without importing it (that takes seconds).

    Raises:
        InstanceError: Hummingbot is not installed beside us.
    """
    spec = find_spec("hummingbot")
    if spec is not None and spec.origin is not None and _is_in_an_instance(Path(spec.origin)):
        # `python -m` in an instance finds its copy first; the installed package comes after it.
        others = [entry for entry in sys.path if not _is_in_an_instance(Path(entry, "hummingbot", "__init__.py"))]
        spec = PathFinder.find_spec("hummingbot", others)
    if spec is None or spec.origin is None:
        raise InstanceError(
            f"Hummingbot is not installed for {sys.executable}; remedy: pip install 'hummingbot-peatio[hummingbot]'"
        )
    return Path(spec.origin).parent


def _is_in_an_instance(init_file: Path) -> bool:
    return (init_file.absolute().parents[1] / MARKER_NAME).is_file()


def create_instance(directory: Path, purpose: InstancePurpose) -> Instance:
    """Make `directory` an instance, or update an existing one to the installed Hummingbot.

    Configuration, keys, logs and trades of an existing instance stay unchanged.

    Raises:
        InstanceError: Hummingbot or the connector is missing, or the directory belongs to something else.
    """
    package = hummingbot_package()
    if not (package / CONNECTOR_PATH / "peatio_utils.py").is_file():
        raise InstanceError(
            f"the peatio connector is not beside Hummingbot in {package}; "
            "remedy: install hummingbot-peatio into the same environment, not editable"
        )
    directory = directory.expanduser().absolute()
    is_new = _claim(directory, purpose)
    try:
        for own in OWN_DIRECTORIES:
            (directory / own).mkdir(parents=True, exist_ok=True)
        _link_package(package, directory / "hummingbot")
        _write_launcher(directory / LAUNCHER_NAME)
        strategy_files.put_own(directory)
    except OSError as error:
        raise InstanceError(
            f"cannot write in {directory}: {error.strerror or error}; remedy: choose a directory in which you may write"
        ) from error
    return Instance(directory, is_new)


def open_instance(directory: Path) -> Instance:
    """An existing instance of the user, updated to the installed Hummingbot.

    Raises:
        InstanceError: it is not an instance, or a demo's, or cannot be used.
    """
    directory = directory.expanduser().absolute()
    problem = no_directory(directory)
    if problem is None and not (directory / MARKER_NAME).is_file():
        problem = f"{directory} is not an instance"
    if problem is not None:
        raise InstanceError(
            f"{problem}; remedy: create an instance with `hummingbot-peatio init DIR`, and change into it or name it"
        )
    return create_instance(directory, InstancePurpose.ORDINARY)


def instance_environment(directory: Path) -> dict[str, str]:
    """The environment for a Python process in an instance: PYTHONPATH has the instance first, then this package."""
    paths = [str(directory), str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


@contextmanager
def in_use(instance: Instance) -> Iterator[None]:
    """Lock an instance while a demo, a console or a bot runs in it; the lock ends with the process at the latest.

    Raises:
        InstanceError: another process has the lock.
    """
    with (instance.directory / MARKER_NAME).open("r") as marker:
        try:
            fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InstanceError(
                f"{instance.directory} is in use by another demo, console or run; remedy: end that one, or use another "
                "instance"
            ) from error
        yield


def _claim(directory: Path, purpose: InstancePurpose) -> bool:
    """Mark a new or empty directory as an instance; True if it was not one before.

    Raises:
        InstanceError: it contains something else, or is an instance with another purpose.
    """
    problem = not_a_directory(directory)
    if problem is not None:
        raise InstanceError(f"{problem}; remedy: choose a new or an empty directory")
    marker = directory / MARKER_NAME
    outer = next((parent for parent in directory.parents if (parent / MARKER_NAME).is_file()), None)
    if outer is not None and not marker.exists():
        raise InstanceError(
            f"{directory} lies in the instance {outer}; remedy: to update that one, name it; for a new one, name a "
            "directory outside"
        )
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)  # keys will be in it
        if not marker.exists():
            if any(directory.iterdir()):
                raise InstanceError(
                    f"{directory} is not empty and not an instance made by this command; "
                    "remedy: choose a new or an empty directory"
                )
            marker.write_text(json.dumps({"format": MARKER_FORMAT, "purpose": purpose.value}) + "\n")
            # An instance in a checkout is no part of it: it holds keys and links to Hummingbot's sources.
            (directory / ".gitignore").write_text("*\n")
            return True
        found = _read_marker(marker)
    except OSError as error:
        raise InstanceError(
            f"cannot use {directory}: {error.strerror or error}; remedy: choose a directory in which you may write"
        ) from error
    if found is not purpose:
        whose = "the instance of a demo" if found is InstancePurpose.DEMO else "your own instance"
        raise InstanceError(f"{directory} is {whose}; remedy: choose another directory")
    return False


def _read_marker(marker: Path) -> InstancePurpose:
    try:
        content = json.loads(marker.read_text())
        if content["format"] != MARKER_FORMAT:
            raise ValueError("format")
        return InstancePurpose(content["purpose"])
    except (ValueError, KeyError, TypeError) as error:
        raise InstanceError(
            f"this version cannot read {marker}; remedy: if a newer hummingbot-peatio created this instance, upgrade "
            "to that version, else choose a new directory"
        ) from error


def _children(package: Path) -> Iterator[Path]:
    for child in package.iterdir():
        if child.name not in ("__init__.py", "__pycache__"):
            yield child


def _link_package(package: Path, target: Path) -> None:
    """Copy `__init__.py`, link its siblings, and remove links that an earlier Hummingbot left."""
    target.mkdir(exist_ok=True)
    (target / "__init__.py").write_bytes((package / "__init__.py").read_bytes() + HOOK.encode())
    wanted = {child.name: child for child in _children(package)}
    for present in target.iterdir():
        if present.is_symlink() and present.name not in wanted:
            present.unlink()
    for name, child in wanted.items():
        link = target / name
        if link.is_symlink():
            if link.readlink() == child:
                continue
            link.unlink()
        link.symlink_to(child)


def _write_launcher(launcher: Path) -> None:
    launcher.write_text(LAUNCHER.format(python=shlex.quote(sys.executable)))
    launcher.chmod(0o755)
