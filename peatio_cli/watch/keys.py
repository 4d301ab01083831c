"""Whose account the page shows: a key that may only read, or the instance's own."""

import getpass
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.settings.api_keys import usable_key
from hummingbot.connector.exchange.peatio.settings.exchanges import JwtLogin

from peatio_cli.doctor.target import PASSWORD_VARIABLES, Credentials, NoCredentials, TargetError, find_target
from peatio_cli.install.environment_keys import KeysError, environment_keys, key_variables

#: Before the connector's name: `WATCH_PEATIO_API_KEY` is read by `watch` alone, never by a bot or its guard.
_PREFIX = "watch_"


class Prompt:
    """Asks at the terminal; hidden, because what is typed is a secret."""

    def __init__(self, ask: Callable[[str], str] | None = None) -> None:
        is_terminal = sys.stdin.isatty()
        self._ask = ask or (getpass.getpass if is_terminal else None)
        self._passwords: dict[Path, str] = {}

    @property
    def is_possible(self) -> bool:
        return self._ask is not None

    def ask(self, text: str) -> str:
        """What is typed; "" without a terminal."""
        return "" if self._ask is None else self._ask(text)

    def password(self, directory: Path) -> str:
        """The password of an instance, asked for once."""
        if directory not in self._passwords:
            self._passwords[directory] = self.ask(f"Password of the instance {directory.name}: ")
        return self._passwords[directory]


def account_login(
    name: str, directory: Path, environment: Mapping[str, str], prompt: Prompt
) -> Credentials | JwtLogin:
    """The login of an account. A key that may only read comes first: from the environment, or typed; an empty answer
    takes the instance's own.

    :param name: the connector's
    :raises TargetError: when there is none; without a key in the text
    """
    variables = key_variables(_PREFIX + name)
    try:
        given = environment_keys(environment, _PREFIX + name)
        if given is not None:
            return Credentials(given.api_key, given.secret, given.source)
        if prompt.is_possible:
            typed = prompt.ask(f"{name}: API key that may only read (Enter: the instance's own): ")
            api_key = usable_key(typed, "key", name)
            if api_key:
                secret = usable_key(prompt.ask(f"{name}: its secret: "), "secret", name)
                return Credentials(api_key, secret, "typed at the start")
    except KeysError as error:
        raise TargetError(f"{name}: {error}") from None
    except ConfigError:
        raise TargetError(f"{name}: the key has a blank inside, which no key has; remedy: paste it again") from None
    passwords = {
        variable + end: environment[variable + end]
        for variable in PASSWORD_VARIABLES
        for end in ("", "_FILE")
        if environment.get(variable + end)
    }
    ask = partial(prompt.password, directory) if prompt.is_possible else None
    login = find_target(name, None, directory, passwords, ask).login
    if isinstance(login, NoCredentials):
        raise TargetError(
            f"{name}: {login.reason}; remedy: {login.remedy} For a key that may only read set "
            f"{' and '.join(variables)}."
        )
    return login
