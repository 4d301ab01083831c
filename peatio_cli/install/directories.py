"""What is wrong with a directory that a command was given, in words that every command uses. Needs no Hummingbot."""

import os
from pathlib import Path

KEYS_FOLDER = Path("conf", "connectors")


def not_a_directory(path: Path) -> str | None:
    """Names the path, or the parent of it, that exists and is no directory; None if there is none.

    :param path: absolute; it need not exist
    """
    for each in (path, *path.parents):
        if os.path.isdir(each):
            return None
        if os.path.lexists(each):
            return f"{each} is not a directory"
    return None


def no_directory(path: Path) -> str | None:
    """Why nothing can be opened at `path`; None if it is a directory.

    :param path: absolute
    """
    problem = not_a_directory(path)
    return f"{path} does not exist" if problem is None and not path.is_dir() else problem


def no_configuration(path: Path) -> str | None:
    """Why `path` has no configuration of Hummingbot; None for an instance, a checkout or a container's root.

    :param path: absolute
    """
    problem = no_directory(path)
    if problem is None and not (path / KEYS_FOLDER).is_dir():
        return f"{path} is not an instance of Hummingbot: it has no {KEYS_FOLDER}"
    return problem


def no_instance(path: Path) -> str | None:
    """The same as a message, with what to do about it."""
    problem = no_configuration(path)
    return None if problem is None else f"{problem}; remedy: name a directory made by `hummingbot-peatio init`"
