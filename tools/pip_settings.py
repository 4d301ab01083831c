"""Translates the user's pip configuration into the environment variables of uv, which does not read it.

pip itself is asked (`pip config list`), so that its files, sections and variables count as they do for pip. Only where
packages come from and how to get there is translated; what is installed is in the lock file.
"""

import ast
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from progress import masked

# Later ones override earlier ones, as in pip.
_SECTIONS = ("global", "install", ":env:")
# These belong to requests, on which pip is built; uv does not know them.
_CERTIFICATE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
# Of uv's own variables only these may have an effect: the others change what is installed, or where.
_UV_VARIABLES = ("UV_CACHE_DIR", "UV_CONFIG_FILE", "UV_INSECURE_HOST", "UV_KEYRING_PROVIDER", "UV_LINK_MODE",
                 "UV_NATIVE_TLS", "UV_NO_CONFIG", "UV_OFFLINE", "UV_SYSTEM_CERTS")  # fmt: skip
_UV_INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX", "UV_INDEX_STRATEGY",
                       "UV_INDEX_URL", "UV_NO_INDEX")  # fmt: skip
_UV_PREFIXES = ("UV_CONCURRENT_", "UV_HTTP_", "UV_INDEX_", "UV_REQUEST_")


class PipSettingsError(Exception):
    """pip cannot read its configuration; the message is one line."""


def pip_settings(python: Path) -> dict[str, str]:
    """Returns the options of `pip install` that the user has configured, by name (`index-url`).

    :param python: an interpreter that has pip
    :raises PipSettingsError: if pip does not accept its own configuration
    """
    result = subprocess.run(
        [python, "-I", "-m", "pip", "config", "list"],
        env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
        raise PipSettingsError(masked(" ".join(lines)) or "no error message")
    return parse(result.stdout)


def parse(listing: str) -> dict[str, str]:
    """Reads what `pip config list` prints: lines such as ``global.index-url='https://…'``."""
    sections: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        section, _, option = key.rpartition(".")
        if section in sections:
            sections[section][option] = str(ast.literal_eval(value))
    return {option: value for section in sections.values() for option, value in section.items()}


def uv_environment(settings: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Returns ``environment`` for uv: with pip's ``settings``, without what would change what is installed or where.

    A variable of uv itself that the user has set takes precedence.
    """
    kept = {name: value for name, value in environment.items() if not name.startswith("UV_") or _may_stay(name)}
    for variable, value in (_indexes(settings) if not _names_index(kept) else {}).items():
        kept.setdefault(variable, value)
    for variable, value in _connection(settings).items():
        kept.setdefault(variable, value)
    kept |= _certificates(settings, kept)
    if proxy := settings.get("proxy"):
        # pip's option overrides the variables.
        kept |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy)
    # As pip does: of all indexes the version that is wanted. The hashes of the lock file say whether it is that file.
    kept.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return kept


def _may_stay(variable: str) -> bool:
    return variable in _UV_VARIABLES + _UV_INDEX_VARIABLES or variable.startswith(_UV_PREFIXES)


def _names_index(environment: Mapping[str, str]) -> bool:
    return any(environment.get(name) for name in _UV_INDEX_VARIABLES if name != "UV_INDEX_STRATEGY")


def _indexes(settings: Mapping[str, str]) -> dict[str, str]:
    found = {
        "UV_DEFAULT_INDEX": settings.get("index-url") or settings.get("pypi-url") or "",
        "UV_EXTRA_INDEX_URL": " ".join(settings.get("extra-index-url", "").split()),
        "UV_FIND_LINKS": ",".join(_existing(settings.get("find-links", "").split())),
        "UV_NO_INDEX": "1" if _is_true(settings.get("no-index", "")) else "",
    }
    return {name: value for name, value in found.items() if value}


def _existing(places: Iterable[str]) -> Iterator[str]:
    """Leaves out folders that do not exist: pip passes over them, uv stops."""
    for place in places:
        if urlsplit(place).scheme in ("http", "https", "file"):
            yield place
        elif (folder := Path(place).expanduser()).is_dir():
            yield str(folder.resolve())


def _connection(settings: Mapping[str, str]) -> dict[str, str]:
    found = {
        "SSL_CLIENT_CERT": settings.get("client-cert", ""),
        "UV_INSECURE_HOST": " ".join(settings.get("trusted-host", "").split()),
        "UV_HTTP_TIMEOUT": _whole(settings.get("timeout") or settings.get("default-timeout", "")),
        "UV_HTTP_RETRIES": _whole(settings.get("retries", "")),
        "UV_KEYRING_PROVIDER": "subprocess" if settings.get("keyring-provider") == "subprocess" else "",
    }
    return {name: value for name, value in found.items() if value}


def _certificates(settings: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """pip's own option overrides SSL_CERT_FILE, which overrides what requests reads."""
    certificate = settings.get("cert", "")
    if not certificate and not environment.get("SSL_CERT_FILE"):
        certificate = next(filter(None, (environment.get(name) for name in _CERTIFICATE_VARIABLES)), "")
    if not certificate:
        return {}
    return {"SSL_CERT_DIR" if Path(certificate).is_dir() else "SSL_CERT_FILE": certificate}


def _whole(number: str) -> str:
    try:
        return str(max(int(float(number)), 0)) if number else ""
    except ValueError:
        return ""


def _is_true(value: str) -> bool:
    return value.strip().lower() in ("1", "yes", "true", "on", "y", "t")
