"""The exchange that the doctor checks: its address, and a login if there is one."""

import binascii
import getpass
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.config import ExchangeAddress, exchange_domain, parse_domain
from hummingbot.connector.exchange.peatio.execution.journal_lock import account_of
from hummingbot.connector.exchange.peatio.http.assistants import Connections
from hummingbot.connector.exchange.peatio.http.jwt_auth import JwtAuth
from hummingbot.connector.exchange.peatio.settings.api_keys import usable_key
from hummingbot.connector.exchange.peatio.settings.exchanges import JwtLogin, Venue, load_named_exchanges

from peatio_cli.install.directories import no_instance
from peatio_cli.install.environment_keys import EnvironmentKeys, KeysError, difference, environment_keys, key_variables
from peatio_cli.install.secret_files import SecretError, secret_from

PLAIN_NAME = "peatio"
URL_VARIABLE = "PEATIO_URL"
# Hummingbot's own variables, in its order of precedence.
PASSWORD_VARIABLES = ("HBOT_PASSWORD", "CONFIG_PASSWORD")


class TargetError(Exception):
    """The command line names something that does not exist; the text says what exists."""


@dataclass(frozen=True)
class Credentials:
    """An API key and its origin."""

    api_key: str = field(repr=False)
    secret: str = field(repr=False)
    source: str


@dataclass(frozen=True)
class NoCredentials:
    """The reason why there is no login, and how to provide one."""

    reason: str
    remedy: str


Login = Credentials | JwtLogin | NoCredentials


@dataclass(frozen=True)
class Target:
    """An exchange, its name here, and the login for it.

    :param named_exchange: what `conf/peatio.yml` says of a named one
    :param configuration: the instance's folder `conf`
    """

    name: str
    address: ExchangeAddress
    login: Login
    named_exchange: Venue | None = None
    configuration: Path = Path("conf")

    @property
    def venue(self) -> Venue:
        """The exchange as the connector knows it."""
        return self.named_exchange or Venue(name=PLAIN_NAME, domain=self.address.site)

    @property
    def account(self) -> str:
        """The journal's mark of the account that the login is for; "" without a login."""
        match self.login:
            case Credentials() as credentials:
                return account_of(self.address.site, credentials.api_key)
            case JwtLogin() as login:
                return account_of(self.address.site, login.uid)
            case _:
                return ""


@dataclass(frozen=True)
class StoredKeys:
    """The keys that `hbot connect` stored in an instance for an exchange, encrypted."""

    path: Path
    address: ExchangeAddress
    encrypted_key: str = field(repr=False)
    encrypted_secret: str = field(repr=False)


def find_target(
    name: str,
    url: str | None,
    instance: Path | None,
    environment: Mapping[str, str] = os.environ,
    ask_password: Callable[[], str] | None = None,
    must_agree: bool = False,
) -> Target:
    """The exchange called `name`: `peatio`, or one that the instance's `conf/peatio.yml` names.

    The address of `peatio` is the first that exists: `url`, the environment, the instance, the connector's default.
    A key comes from the environment, else from the instance. A stored key is used for its own exchange only. Where both
    have one, they must be the same, as far as the stored one can be read.

    :param instance: an instance's directory; None for the working directory, if it is one
    :param ask_password: asks at the terminal for the instance's password; None without a terminal
    :param must_agree: whether the stored key must be read to compare it with that of the environment
    :raises TargetError: when there is no such name or instance, or the address cannot be read
    """
    folder = (instance or Path.cwd()).expanduser().absolute()
    problem = None if instance is None else no_instance(folder)
    if problem is not None:
        raise TargetError(problem)
    configuration = folder / "conf"
    if name == PLAIN_NAME:
        stored = _stored_keys(name, configuration)
        given = url or environment.get(URL_VARIABLE)
        address = _address(given) if given else stored.address if stored else parse_domain(exchange_domain)
        login = _credentials(name, stored, address, environment, ask_password, must_agree)
        return Target(name, address, login, None, configuration)
    named_exchange = _named_exchange(name, configuration)
    try:
        Connections(named_exchange.ca_file, named_exchange.proxy)
    except ConfigError as error:
        raise TargetError(f"{named_exchange.name}: {error}") from error
    if url is not None:
        raise TargetError(f"the address of {named_exchange.name} is set in {configuration / 'peatio.yml'}: omit --url")
    if named_exchange.jwt is not None:
        signed = _signed_login(named_exchange.jwt)
        return Target(named_exchange.name, named_exchange.address, signed, named_exchange, configuration)
    stored = _stored_keys(named_exchange.name, configuration, named_exchange.address)
    return Target(
        named_exchange.name,
        named_exchange.address,
        _credentials(named_exchange.name, stored, named_exchange.address, environment, ask_password, must_agree),
        named_exchange,
        configuration,
    )


def password_prompt() -> Callable[[], str] | None:
    """A function that asks for the instance's password at the terminal; None without a terminal."""
    if not sys.stdin.isatty():
        return None
    return lambda: getpass.getpass("Password of this instance: ")


def _named_exchange(name: str, configuration: Path) -> Venue:
    named_exchanges, problems = load_named_exchanges(configuration)
    named_exchange = named_exchanges.get(name) or named_exchanges.get(f"{CONSTANTS.CONNECTOR_PREFIX}{name}")
    if named_exchange is not None:
        return named_exchange
    message = "".join(f"; {problem}" for problem in problems)
    raise TargetError(
        f"there is no exchange '{name}' here, only: {', '.join((PLAIN_NAME, *named_exchanges))}{message}; "
        "for an exchange without a name write: doctor --url https://exchange.example"
    )


def _signed_login(login: JwtLogin) -> JwtLogin | NoCredentials:
    try:
        JwtAuth(login, time.time)
    except ConfigError as error:
        return NoCredentials(str(error), "Correct `jwt` in conf/peatio.yml, or the key file that it names.")
    return login


def _address(domain: str) -> ExchangeAddress:
    try:
        return parse_domain(domain)
    except ConfigError as error:
        raise TargetError(str(error)) from error


def _stored_keys(name: str, configuration: Path, address: ExchangeAddress | None = None) -> StoredKeys | None:
    """:param address: None if the address is stored with the keys"""
    path = configuration / "connectors" / f"{name}.yml"
    if not path.is_file():
        return None
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        # Without the error's text, which may quote the file.
        reason = type(error).__name__
        raise TargetError(f"{path} cannot be read ({reason}); connect again: ./hbot connect {name} --replace") from None
    rows = content if isinstance(content, dict) else {}
    domain, key, secret = (
        str(rows.get(f"{name}_{field_name}") or "") for field_name in ("exchange_domain", "api_key", "secret_key")
    )
    return StoredKeys(path, address or _address(domain), key, secret)


def _credentials(
    name: str,
    stored: StoredKeys | None,
    address: ExchangeAddress,
    environment: Mapping[str, str],
    ask_password: Callable[[], str] | None,
    must_agree: bool,
) -> Credentials | NoCredentials:
    try:
        given = environment_keys(environment, name)
    except KeysError as error:
        return NoCredentials(error.reason, error.remedy)
    if given is not None:
        return _agreed(given, name, stored, address, environment, ask_password if must_agree else None, must_agree)
    variables = " and ".join(key_variables(name))
    if stored is None:
        return NoCredentials(
            "there is no API key",
            f"Store one with ./hbot connect {name} in your instance's directory and run this there (or name the "
            f"instance with --instance), or set {variables}.",
        )
    if stored.address != address:
        return NoCredentials(
            f"the key stored in this instance is for {stored.address.site}",
            f"It is not sent to another exchange: set {variables} for this one.",
        )
    return _decrypted(stored, environment, ask_password)


def _agreed(
    given: EnvironmentKeys,
    name: str,
    stored: StoredKeys | None,
    address: ExchangeAddress,
    environment: Mapping[str, str],
    ask_password: Callable[[], str] | None,
    must_agree: bool,
) -> Credentials | NoCredentials:
    """The keys of the environment, unless others are stored for the same exchange."""
    if stored is not None and stored.address == address:
        kept = _decrypted(stored, environment, ask_password)
        if isinstance(kept, NoCredentials):
            if must_agree:
                return kept
        elif given.differ_from(kept.api_key, kept.secret):
            error = difference(given, stored.path, name)
            return NoCredentials(error.reason, error.remedy)
    return Credentials(given.api_key, given.secret, given.source)


def _decrypted(
    stored: StoredKeys, environment: Mapping[str, str], ask_password: Callable[[], str] | None
) -> Credentials | NoCredentials:
    try:
        password = next(filter(None, (secret_from(environment, name) for name in PASSWORD_VARIABLES)), "")
    except SecretError as error:
        raise TargetError(str(error)) from error
    if not password and ask_password is not None:
        password = ask_password()
    if not password:
        return NoCredentials(
            f"{stored.path} is locked",
            f"Set {PASSWORD_VARIABLES[0]} to the password of this instance, or {PASSWORD_VARIABLES[0]}_FILE to a file "
            "with it, or run this in a terminal and enter it.",
        )
    # Imported here: the import takes a second, and a key from the environment does not need it.
    from hummingbot.client.config.config_crypt import ETHKeyFileSecretManger

    manager = ETHKeyFileSecretManger(password)
    try:
        key = manager.decrypt_secret_value("api_key", stored.encrypted_key)
        secret = manager.decrypt_secret_value("secret_key", stored.encrypted_secret)
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        if str(error) == "MAC mismatch":
            return NoCredentials(
                f"the password does not open {stored.path}", "Enter the password that you chose at ./hbot connect."
            )
        remedy = f"Connect again: ./hbot connect {stored.path.stem} --replace"
        return NoCredentials(f"{stored.path} cannot be decrypted", remedy)
    try:
        name = stored.path.stem
        return Credentials(usable_key(key, "key", name), usable_key(secret, "secret", name), str(stored.path))
    except ConfigError as error:
        return NoCredentials(str(error), f"Connect again: ./hbot connect {name} --replace")
