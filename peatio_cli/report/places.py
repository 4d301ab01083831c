"""The exchanges of an instance, and the open connections to them."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path

from hummingbot.connector.exchange.peatio.settings.exchanges import load_named_exchanges

from peatio_cli.doctor.check_runner import HIDDEN, ExchangeSession, Timeouts
from peatio_cli.doctor.target import PLAIN_NAME, URL_VARIABLE, Target, TargetError, find_target


class Places:
    """:param directory: the instance's directory
    :param ask_password: asks for the instance's password, at most once; None without a terminal
    :ivar problems: exchanges that cannot be used, for the user
    """

    def __init__(
        self, directory: Path, environment: Mapping[str, str], ask_password: Callable[[], str] | None = None
    ) -> None:
        self._directory = directory
        self._environment = environment
        self._ask_password = None if ask_password is None else functools.cache(ask_password)
        self._sessions: list[ExchangeSession] = []
        named_exchanges, problems = load_named_exchanges(directory / "conf")
        self.problems = list(problems)
        # No key is read or decrypted for public requests.
        public = {URL_VARIABLE: environment[URL_VARIABLE]} if URL_VARIABLE in environment else {}
        self._public: dict[str, Target] = {}
        for name in (PLAIN_NAME, *named_exchanges):
            try:
                self._public[name] = find_target(name, None, directory, public)
            except TargetError as error:
                self.problems.append(str(error))
        is_connected = (directory / "conf" / "connectors" / f"{PLAIN_NAME}.yml").is_file()
        if not is_connected and list(self.sites.values()).count(self.sites.get(PLAIN_NAME, "")) > 1:
            del self._public[PLAIN_NAME]  # the exchange has a name of its own

    @property
    def sites(self) -> dict[str, str]:
        """Connector's name → its exchange's URL."""
        return {name: target.address.site for name, target in self._public.items()}

    def public_session(self, connector: str) -> ExchangeSession:
        """For requests that need no login."""
        return self._opened(self._public[connector])

    def private_target(self, connector: str) -> Target:
        """The exchange with its login, as far as there is one.

        :raises TargetError: when the stored keys cannot be read
        """
        return find_target(connector, None, self._directory, self._environment, self._ask_password)

    def private_session(self, target: Target) -> ExchangeSession:
        """For requests with the target's login."""
        return self._opened(target)

    async def close(self) -> None:
        """Closes all connections; together, because all share Hummingbot's HTTP client."""
        for session in self._sessions:
            await session.close()

    def _opened(self, target: Target) -> ExchangeSession:
        session = ExchangeSession(target, Timeouts())
        self._sessions.append(session)
        return session


def without_secrets(text: str, session: ExchangeSession) -> str:
    """The text with the session's secrets replaced: an exchange may repeat what it was sent."""
    for secret in session.secrets():
        text = text.replace(secret, HIDDEN)
    return text
