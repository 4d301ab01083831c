"""Where the set-up keeps what the next environment, of this folder or another, uses again."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

NAME = "hummingbot-peatio"


def cache_folder(environment: Mapping[str, str], root: Path) -> Path:
    """Returns a folder that can be written: in the user's cache, or in the project where that is read-only.

    Raises OSError if the project's folder cannot be written either.
    """
    return _shared(environment, NAME) or _made(root / ".cache" / NAME)


def uv_cache_variables(environment: Mapping[str, str], root: Path) -> dict[str, str]:
    """Returns UV_CACHE_DIR where uv could not write its own cache, and nothing where it can."""
    if environment.get("UV_CACHE_DIR") or _shared(environment, "uv"):
        return {}
    return {"UV_CACHE_DIR": str(_made(root / ".cache" / "uv"))}


def _shared(environment: Mapping[str, str], name: str) -> Path | None:
    """The folder ``name`` in the user's cache, if it can be written."""
    home, cache = environment.get("HOME"), environment.get("XDG_CACHE_HOME")
    if not (cache or home):
        return None
    folder = Path(cache or f"{home}/.cache", name)
    return folder if _writable(folder) else None


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=_made(folder)):
            return True
    except OSError:
        return False
