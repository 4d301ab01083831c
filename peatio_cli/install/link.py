"""Installs the connector into a Hummingbot that runs from source or in a container.

Hummingbot scans `hummingbot/connector/exchange/` in its own source tree for folders with an `__init__.py` and a
`NAME_utils.py`; it does not find a connector that pip installed elsewhere. No other file of the tree has to change, and
nothing has to be compiled.

A marker file identifies what this command installed: beside a link, or in a copy with the digest of each file. Only
what the marker describes is replaced or removed.
"""

import enum
import hashlib
import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peatio_cli
from peatio_cli.install.directories import no_directory, not_a_directory

MARKER_NAME = ".hummingbot-peatio-link.json"
MARKER_FORMAT = 1
CONNECTOR_PATH = Path("hummingbot", "connector", "exchange", "peatio")
# The versions of Hummingbot that the tests run on: the oldest and the newest.
OLDEST_TESTED_VERSION = (2, 16)
TESTED_VERSION = (2, 18)

_IGNORED = ("__pycache__", MARKER_NAME)


class LinkError(Exception):
    """The connector cannot be installed or removed; the text says why and what to do."""


class Shape(enum.Enum):
    """How the connector is installed."""

    LINK = "link"
    COPY = "copy"


@dataclass(frozen=True)
class Done:
    """What was done. `remarks` are warnings for the user."""

    place: Path
    is_new: bool = True
    remarks: tuple[str, ...] = ()


def own_connector() -> Path:
    """The connector's folder in this installation.

    :raises LinkError: when it is not there
    """
    # Found without importing `hummingbot`, which is not installed where it runs from source.
    folder = Path(peatio_cli.__file__).resolve().parents[1] / CONNECTOR_PATH
    if not (folder / "peatio_exchange.py").is_file():
        raise LinkError(f"the connector is not in {folder}; remedy: reinstall hummingbot-peatio")
    return folder


def link(checkout: Path, shape: Shape, is_forced: bool = False) -> Done:
    """Installs the connector into the source checkout, or updates an earlier installation.

    :param is_forced: also into a version of Hummingbot that it may not work with
    :raises LinkError: when it is not a checkout, the version differs too much, or something else is in the place
    """
    place = _place_in(checkout, "give --volume for a container's folder")
    remarks = _judge_version(checkout, is_forced)
    return Done(place, _put_link(place) if shape is Shape.LINK else _put_copy(place), remarks)


def copy_to_volume(folder: Path) -> Done:
    """Copies the connector into a folder that will be mounted into a container; creates the folder if necessary.

    :raises LinkError: when the folder contains something else
    """
    place = folder.expanduser().absolute()
    problem = not_a_directory(place)
    if problem is not None:
        raise LinkError(f"{problem}; remedy: name a new or an empty directory")
    if (place / "hummingbot").exists():
        raise LinkError(f"{place} looks like a checkout of Hummingbot; remedy: omit --volume")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(place, error) from error
    return Done(place, _put_copy(place))


def unlink(folder: Path) -> Done:
    """Removes what `link` or `copy_to_volume` installed in a checkout or volume.

    :raises LinkError: when there is nothing, or something that this command did not install or that was changed
    """
    absolute = folder.expanduser().absolute()
    is_volume = (absolute / MARKER_NAME).is_file()
    place = absolute if is_volume else _place_in(folder, "the folder that was given to `link --volume`")
    if not place.is_symlink() and not place.exists():
        raise LinkError(f"there is nothing at {place}")
    _clear(place)
    configured = () if is_volume else sorted((absolute / "conf" / "connectors").glob("peatio*.yml"))
    remarks = tuple(
        f"Hummingbot does not start while {path} is there; if you no longer use Peatio: "
        f"hummingbot-peatio uninstall {absolute}"
        for path in configured
    )
    return Done(place, is_new=False, remarks=remarks)


def _place_in(checkout: Path, else_remedy: str) -> Path:
    root = checkout.expanduser().absolute()
    exchanges = root / CONNECTOR_PATH.parent
    problem = no_directory(root)
    if problem is None and not ((root / "hummingbot" / "VERSION").is_file() and (exchanges / "__init__.py").is_file()):
        problem = f"{root} is not a checkout of Hummingbot (no hummingbot/VERSION, or no hummingbot/connector/exchange)"
    if problem is not None:
        raise LinkError(f"{problem}; remedy: name the folder that `git clone` of Hummingbot created, or {else_remedy}")
    return root / CONNECTOR_PATH


def _judge_version(checkout: Path, is_forced: bool) -> tuple[str, ...]:
    """Warnings about the checkout's version.

    :raises LinkError: when the connector probably does not work with it
    """
    written = (checkout.expanduser() / "hummingbot" / "VERSION").read_text(encoding="utf-8", errors="replace").strip()
    oldest, tested = (".".join(map(str, each)) for each in (OLDEST_TESTED_VERSION, TESTED_VERSION))
    match = re.search(r"(\d+)\.(\d+)", written)
    version = (int(match[1]), int(match[2])) if match else None
    if version is not None and OLDEST_TESTED_VERSION <= version <= TESTED_VERSION:
        return ()
    message = f"this is Hummingbot {written:.40}, the connector was tested with {oldest} to {tested}"
    if version is not None and version[0] == TESTED_VERSION[0] and version > TESTED_VERSION:
        return (f"{message}: try it with `hummingbot-peatio doctor` and small amounts first.",)
    if is_forced:
        return (f"{message}: it may not work.",)
    raise LinkError(f"{message}; remedy: use a checkout of {oldest} or a later {TESTED_VERSION[0]}.x, or give --force")


def _clear(place: Path) -> bool:
    """Removes an earlier installation; returns whether there was nothing.

    :raises LinkError: when something is there that this command did not install
    """
    try:
        if place.is_symlink():
            _remove_link(place)
            return False
        if not place.exists() or (place.is_dir() and not any(place.iterdir())):
            return True
        _remove_copy(place)
        return False
    except OSError as error:
        raise LinkError(f"cannot change {place}: {error.strerror or error}") from error


def _remove_link(place: Path) -> None:
    marker = _marker_of_link(place)
    if _read_marker(marker).get("target") != str(place.readlink()):
        raise LinkError(
            f"{place} is a link that this command did not create; remedy: remove it yourself if you do not need it"
        )
    place.unlink()
    marker.unlink()


def _remove_copy(place: Path) -> None:
    marker = place / MARKER_NAME
    noted = _read_marker(marker).get("files") if place.is_dir() else None
    if not isinstance(noted, dict):
        raise LinkError(f"{place} was not created by this command; remedy: move it away yourself if you do not need it")
    present = _digests(place)
    foreign = sorted(name for name, digest in present.items() if noted.get(name) != digest)
    if foreign:
        raise LinkError(
            f"{place} was changed since it was copied ({', '.join(foreign[:5])}); remedy: save the files that you "
            "need, and remove the folder yourself"
        )
    shutil.rmtree(place)


def _put_link(place: Path) -> bool:
    """Returns whether there was nothing before."""
    connector = own_connector()
    is_new = _clear(place)
    try:
        # The marker first: without it the link could not be recognised later.
        _write_marker(_marker_of_link(place), {"target": str(connector)})
        place.symlink_to(connector, target_is_directory=True)
    except OSError as error:
        raise _cannot_write(place, error) from error
    return is_new


def _put_copy(place: Path) -> bool:
    """Returns whether there was nothing before. Hummingbot never sees a partial copy."""
    connector = own_connector()
    try:
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".peatio-") as temporary:
            made = Path(temporary) / "peatio"
            shutil.copytree(connector, made, ignore=shutil.ignore_patterns(*_IGNORED))
            _write_marker(made / MARKER_NAME, {"files": _digests(made)})
            is_new = _clear(place)
            if place.is_dir():
                place.rmdir()  # an empty one
            made.rename(place)
    except OSError as error:
        raise _cannot_write(place, error) from error
    return is_new


def _cannot_write(place: Path, error: OSError) -> LinkError:
    return LinkError(f"cannot write to {place}: {error.strerror or error}")


def _digests(folder: Path) -> dict[str, str]:
    """Relative path → digest of every file, without compiled files and the marker."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not set(_IGNORED).intersection(path.relative_to(folder).parts)
    }


def _marker_of_link(place: Path) -> Path:
    return place.parent / MARKER_NAME


def _write_marker(marker: Path, content: dict[str, Any]) -> None:
    marker.write_text(json.dumps({"format": MARKER_FORMAT, **content}, indent=1) + "\n", encoding="utf-8")


def _read_marker(marker: Path) -> dict[str, Any]:
    """The marker's content; empty if there is no marker in this version's format."""
    try:
        content = json.loads(marker.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) and content.get("format") == MARKER_FORMAT else {}
