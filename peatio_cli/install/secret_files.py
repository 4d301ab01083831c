"""Secrets from the environment: NAME, or the file that NAME_FILE names, as Docker and Kubernetes pass them."""

import os
from collections.abc import Mapping
from pathlib import Path


class SecretError(Exception):
    """The file of a secret cannot be read; the text says which, and what to do."""


def secret_from(environment: Mapping[str, str], name: str) -> str | None:
    """The variable's value, else the content of the file in NAME_FILE without the newlines at its end, else None.

    :raises SecretError: when the file cannot be read
    """
    value, file = environment.get(name), environment.get(f"{name}_FILE")
    if value or not file:
        return value or None
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n") or None
    except (OSError, UnicodeDecodeError) as error:
        problem, remedy = unreadable(Path(file), f"{name}_FILE", error)
        raise SecretError(f"{problem}; remedy: {remedy}") from None


def unreadable(path: Path, variable: str, error: OSError | UnicodeDecodeError) -> tuple[str, str]:
    """What is wrong with the file of a secret, and the remedy. A path that leads nowhere is not shown: it may be the
    secret itself, written into the variable of its file.

    :param variable: the one that names the file
    """
    reason = (error.strerror if isinstance(error, OSError) else "") or type(error).__name__
    if os.path.lexists(path):
        return f"{path} cannot be read ({reason})", f"correct {variable}, which names it"
    return (
        f"the file that {variable} names cannot be read ({reason})",
        f"write the path of a file into {variable}, not the secret itself",
    )
