"""Secrets from the environment: NAME, or the file that NAME_FILE names, as Docker and Kubernetes pass them."""

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
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise SecretError(f"{file} cannot be read ({reason}); remedy: correct {name}_FILE, which names it") from None
