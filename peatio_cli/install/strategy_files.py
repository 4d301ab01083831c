"""The V2 scripts and controllers of an instance.

Hummingbot looks for them beside its package, in `scripts/` and `controllers/TYPE/`, and its package on the index has
neither folder. An instance has both: with a script of ours that runs controllers (`peatio_cli.strategies`), and, on
request, with everything from a source checkout of the same version.

They are copies, so that users can edit them and add their own. A record has the digest of every file that was copied: a
file that still has it may be replaced or removed by a later copy, any other is the user's.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import peatio_cli.strategies

RECORD_NAME = ".hummingbot-peatio-strategies.json"
RECORD_FORMAT = 1
SCRIPTS, CONTROLLERS = Path("scripts"), Path("controllers")
RUNNER = SCRIPTS / "v2_with_controllers.py"
LIQUIDITY = CONTROLLERS / "market_making" / "peatio_liquidity.py"
CONTROLLER_TYPES = ("directional_trading", "generic", "market_making")
OWN_FOLDER = Path(peatio_cli.strategies.__file__).parent
# Packages, not plain folders: Python prefers a package of the same name, wherever that is on its path.
PACKAGES = (SCRIPTS, CONTROLLERS, *(CONTROLLERS / name for name in CONTROLLER_TYPES))


_EMPTY = hashlib.sha256(b"").hexdigest()


class CheckoutError(Exception):
    """The checkout's scripts and controllers cannot be used; the text says why and what to do."""


class Brought(NamedTuple):
    """What was copied from a checkout.

    :param version: the checkout's version
    :param copied: how many files the instance now has of it
    :param kept: files of the user that have the name of one of the checkout's, and were not replaced
    """

    version: str
    copied: int
    kept: tuple[str, ...]


class _Record:
    """:param files: path in the instance → digest of the copy; :param version: the checkout's, None without one"""

    # No dataclass, here and in `instance`: the import of dataclasses takes a fifth of the time that `init` may take.
    def __init__(self, files: dict[str, str] | None = None, version: str | None = None) -> None:
        self.files = files or {}
        self.version = version


def put_own(directory: Path) -> None:
    """Make the folders, and our runner where there is none, or one of ours of an earlier version.

    :raises OSError: when the instance cannot be written
    """
    for package in PACKAGES:
        (directory / package).mkdir(exist_ok=True)
        (directory / package / "__init__.py").touch()
    record = _read_record(directory)
    if record.version is None and _put(OWN_FOLDER / RUNNER.name, directory, RUNNER, record):
        _write_record(directory, record)


def put_liquidity(directory: Path) -> bool:
    """Copy the controller of `peatio_liquidity` into an instance.

    :return: False, and nothing is changed, where a file of the user's has that name
    :raises OSError: when the instance cannot be written
    """
    source, record = OWN_FOLDER / LIQUIDITY.name, _read_record(directory)
    if _put(source, directory, LIQUIDITY, record):
        _write_record(directory, record)
    return _digest(directory / LIQUIDITY) == _digest(source)


def check_version(checkout: Path, installed_version: str) -> None:
    """:raises CheckoutError: when it is not a checkout of Hummingbot, or of another version than the installed one"""
    version = version_of(checkout)
    if version != installed_version:
        raise CheckoutError(
            f"{checkout} is Hummingbot {version:.40}, and {installed_version} is installed: controllers of another "
            "version may fail, or trade in another way; remedy: check out the installed version there"
        )


def copy_checkout(directory: Path, checkout: Path) -> Brought:
    """Copy a checkout's scripts and controllers into an instance, in place of those of an earlier checkout.

    :raises CheckoutError: when it is not a checkout
    :raises OSError: when a file cannot be read or written
    """
    checkout = checkout.expanduser().absolute()
    version = version_of(checkout)
    record = _read_record(directory)
    sources = {path.relative_to(checkout): path for path in _files_in(checkout)}
    for gone in [path for path in record.files if Path(path) not in (*sources, LIQUIDITY)]:
        if _digest(directory / gone) == record.files.pop(gone):
            (directory / gone).unlink()
    for name, source in sources.items():
        _put(source, directory, name, record)
    record.version = version
    _write_record(directory, record)
    kept = sorted(str(name) for name, source in sources.items() if _digest(directory / name) != _digest(source))
    return Brought(version, len(sources) - len(kept), tuple(kept))


def outdated_version(directory: Path, installed_version: str) -> str | None:
    """The version of the checkout whose files the instance has, if another one is installed now."""
    version = _read_record(directory).version
    return None if version == installed_version else version


def version_of(checkout: Path) -> str:
    """Hummingbot's name for its version, as `dev-2.18.0`.

    :raises CheckoutError: when it is not a checkout
    """
    checkout = checkout.expanduser().absolute()
    parts = (Path("hummingbot", "VERSION"), CONTROLLERS, RUNNER)
    missing = [str(part) for part in parts if not (checkout / part).exists()]
    if missing:
        raise CheckoutError(
            f"{checkout} is not a checkout of Hummingbot: it has no {' and no '.join(missing)}; remedy: name the "
            "folder that `git clone` of Hummingbot created"
        )
    return (checkout / "hummingbot" / "VERSION").read_text(encoding="utf-8", errors="replace").strip()


def _files_in(checkout: Path) -> Iterator[Path]:
    for folder in (SCRIPTS, CONTROLLERS):
        for path in sorted((checkout / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
                yield path


def _put(source: Path, directory: Path, name: Path, record: _Record) -> bool:
    """Copy a file, unless the user has one of this name; True if the record changed."""
    target = directory / name
    wanted, noted = _digest(source), record.files.get(str(name))
    if wanted == noted == _digest(target) or _digest(target) not in (None, wanted, noted, _EMPTY):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    record.files[str(name)] = wanted or ""
    return True


def _digest(path: Path) -> str | None:
    """None if there is no such file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _read_record(directory: Path) -> _Record:
    """An empty one where there is none in this version's format: then every file is the user's."""
    try:
        content: Any = json.loads((directory / RECORD_NAME).read_text(encoding="utf-8"))
        if content["format"] == RECORD_FORMAT:
            return _Record({str(name): str(digest) for name, digest in content["files"].items()}, content["version"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    return _Record()


def _write_record(directory: Path, record: _Record) -> None:
    content = {"format": RECORD_FORMAT, "version": record.version, "files": record.files}
    (directory / RECORD_NAME).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
