"""API keys from the environment, for containers: `PEATIO_API_KEY` and `PEATIO_SECRET` for plain `peatio`,
`PEATIO_NAME_API_KEY` and `PEATIO_NAME_SECRET` for an exchange that `conf/peatio.yml` names; each, or the file that the
variable with `_FILE` behind it names, as Docker and Kubernetes secrets or a Vault agent write them.
"""

import os
import re
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.config import DOMAIN_VARIABLE, is_preset
from hummingbot.connector.exchange.peatio.settings.api_keys import usable_key

from peatio_cli.install.secret_files import unreadable

_PLAIN_NAME = "peatio"
_FILE = "_FILE"
_VARIABLE = re.compile(r"PEATIO_(?:[A-Z0-9_]+_)?(?:API_KEY|SECRET)(?:_FILE)?")


class KeysError(Exception):
    """Keys of the environment cannot be used. No text has a key in it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; remedy: {remedy}")
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True)
class EnvironmentKeys:
    """An API key.

    :param source: the variables, for messages
    """

    api_key: str = field(repr=False)
    secret: str = field(repr=False)
    source: str

    def differ_from(self, api_key: str, secret: str) -> bool:
        """Whether stored keys are others."""
        return (self.api_key, self.secret) != (api_key, secret)


def key_variables(name: str) -> tuple[str, str]:
    """The variables of the API key and its secret.

    :param name: the connector's, `peatio` or `peatio_NAME`
    """
    owner = name.upper()
    return f"{owner}_API_KEY", f"{owner}_SECRET"


def all_key_variables(name: str) -> tuple[str, ...]:
    """The same, and those that name files."""
    return tuple(variable + end for variable in key_variables(name) for end in ("", _FILE))


def environment_keys(environment: Mapping[str, str], name: str) -> EnvironmentKeys | None:
    """The keys for a connector; None where no variable is set.

    :raises KeysError: when one of the two is missing, or a file cannot be used
    """
    found = {variable: _value(environment, variable) for variable in key_variables(name)}
    missing = [variable for variable, value in found.items() if value is None]
    if len(missing) == len(found):
        return None
    if missing:
        both = " and ".join(found)
        raise KeysError(f"{missing[0]} is not set", f"Set both {both}.")
    (api_key, key_source), (secret, secret_source) = (value for value in found.values() if value is not None)
    try:
        return EnvironmentKeys(
            usable_key(api_key, "key", name),
            usable_key(secret, "secret", name),
            f"{key_source} and {secret_source}",
        )
    except ConfigError as error:
        raise KeysError(
            f"{key_source} or {secret_source} has a blank or a line break inside, which no key has",
            "Write it again, without them.",
        ) from error


def keys_for(environment: Mapping[str, str], names: Collection[str]) -> dict[str, EnvironmentKeys]:
    """Connector's name → its keys, for those of `names` that have some in the environment.

    :raises KeysError: as `environment_keys`, and when there are none, or a variable is of no connector
    """
    known = {variable for name in names for variable in all_key_variables(name)}
    unknown = [name for name in environment if _VARIABLE.fullmatch(name) and name not in known and environment[name]]
    if unknown:
        near = get_close_matches(unknown[0], known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the exchanges here are {', '.join(names)}."
        raise KeysError(f"{unknown[0]} is the key of no exchange of conf/peatio.yml", f"Rename or unset it; {hint}")
    found = {name: keys for name in names if (keys := environment_keys(environment, name)) is not None}
    if not found:
        variables = " and ".join(key_variables(_PLAIN_NAME))
        raise KeysError(
            "there are no keys in the environment",
            f"Set {variables}, each or with {_FILE} for the path of a file; for a named exchange "
            f"{' and '.join(key_variables('peatio_name'))}.",
        )
    return found


def require_address(keys: EnvironmentKeys) -> None:
    """For keys of plain `peatio` where none are stored: its default address would be that of the sandbox.

    :raises KeysError: when it is not set which exchange it is
    """
    if not is_preset:
        raise KeysError(
            f"there is a key of {keys.source}, and no exchange for it", f"Set {DOMAIN_VARIABLE} to its address."
        )


def difference(keys: EnvironmentKeys, stored: Path, name: str) -> KeysError:
    """The error that an environment and an instance have different keys."""
    return KeysError(
        f"the key of {keys.source} is another than the one stored in {stored}",
        f"Unset the variables, or store the same key: ./hbot connect {name} --replace",
    )


def _value(environment: Mapping[str, str], variable: str) -> tuple[str, str] | None:
    """The text and where it is from; None where it is not set, or empty."""
    value, file = environment.get(variable, "").strip(), environment.get(variable + _FILE, "").strip()
    if value and file:
        raise KeysError(f"{variable} and {variable}{_FILE} are both set", "Unset one of them.")
    if value:
        return value, variable
    if not file:
        return None
    text = _content(Path(file), variable + _FILE)
    if not text.strip():
        raise KeysError(f"{file} is empty", f"Write the key into it, or correct {variable}{_FILE}, which names it.")
    return text, f"{variable}{_FILE}"


def _content(path: Path, variable: str) -> str:
    try:
        with path.open("rb") as file:
            # Of the open file: the path may lead to another one by now.
            if os.fstat(file.fileno()).st_mode & stat.S_IRWXO:
                raise KeysError(
                    f"other users can read {path}",
                    f"chmod o= {path}, or set the mode where the secret is made: 0400 in Docker, 0440 in Kubernetes, "
                    "perms of a Vault template.",
                )
            return file.read().decode()
    except OSError as error:
        problem, remedy = unreadable(path, variable, error)
        raise KeysError(problem, f"{remedy[0].upper()}{remedy[1:]}.") from None
    except UnicodeDecodeError:
        raise KeysError(f"{path} is not a text", f"Correct {variable}, which names it.") from None
