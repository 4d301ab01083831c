"""The exchanges that the connector can trade on: plain `peatio`, and a connector `peatio_NAME` for each one that is
named in `conf/peatio.yml`.

The file is read while Hummingbot starts, so nothing here may keep it from starting: an entry that cannot be used is
left out, with a line that names file, line and remedy.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import yaml
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.dialects import AUTO, DIALECTS, Dialect
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.config import DEFAULT_PREFIXES, ExchangeAddress, Prefixes, parse_domain
from hummingbot.connector.exchange.peatio.settings.connector import EXCHANGES_KEY, FILE_NAME
from hummingbot.connector.exchange.peatio.settings.models import Count, SettingsModel, Text, must_be, read, scalar
from hummingbot.connector.exchange.peatio.settings.stored_keys import connected_domain
from hummingbot.core.api_throttler.data_types import RateLimit
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
# Hummingbot treats connectors with these words in their names as something else.
_RESERVED = ("perpetual", "paper_trade")
_DEFAULT_FEE = Decimal("0.002")


def _below_folder(value: Any, info: ValidationInfo) -> Path | None:
    text = scalar(value)
    folder = info.context["folder"] if info.context else Path()
    return folder / Path(text).expanduser() if text else None


def _prefix(value: Any) -> str:
    text = scalar(value).rstrip("/")
    if text and (not text.startswith("/") or "?" in text or "#" in text):
        raise ValueError("no path")
    return text


def _proxy(text: str) -> str:
    parts = urlsplit(text)
    if text and not (parts.scheme in ("http", "https") and parts.hostname and parts.port != 0):
        raise ValueError("no URL of an HTTP proxy")
    return text


def _dialect(value: Any) -> Any:
    return value if isinstance(value, Dialect) else DIALECTS.get(str(value))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value if isinstance(value, list | tuple) else [value]))


_Prefix = Annotated[str, BeforeValidator(_prefix), must_be(f"begins with a slash, like {DEFAULT_PREFIXES.rest}")]
_Fee = Annotated[
    Decimal,
    Field(gt=-1, lt=1, allow_inf_nan=False),
    BeforeValidator(scalar),
    must_be("is a fraction, 0.002 for 0.2 %"),
]


class JwtLogin(SettingsModel):
    """A login with tokens that the operator's own key signs."""

    key_file: Annotated[Path, BeforeValidator(_below_folder), must_be("is the path of a file")] = Field(
        description="the PEM file of the private key that signs the tokens, RSA or Ed25519, readable by its owner only"
    )
    uid: Text = Field(description="the member whose account the tokens give access to")
    email: Text = Field(description="the member's e-mail address")
    role: Text = Field(default="member", description="the member's role")
    level: Count = Field(default=3, description="the member's level of verification")
    audience: Annotated[tuple[str, ...], BeforeValidator(_texts)] = Field(
        default=(), description="what the exchange expects as the tokens' audience, if anything"
    )
    issuer: Text = Field(default="", description="what the exchange expects as the tokens' issuer, if anything")


def _jwt(value: Any, info: ValidationInfo) -> JwtLogin | None:
    if value is None or isinstance(value, JwtLogin):
        return value
    return read(JwtLogin, value, info.context["folder"] if info.context else Path())


class Venue(SettingsModel):
    """One exchange under its name in Hummingbot: how to reach it, log in, speak to it, and how often."""

    name: str = Field(description="the connector's name in Hummingbot: `peatio`, or `peatio_NAME`")
    domain: Text = Field(description="a host, host:port or URL")
    rest_prefix: _Prefix = Field(default=DEFAULT_PREFIXES.rest, description="the path before `public/markets`")
    order_prefix: Annotated[str | None, BeforeValidator(_prefix), must_be("begins with a slash")] = Field(
        default=None,
        description="the path before `market/orders`, for an exchange that serves orders under a path of their own; "
        "none is the path of the dialect, or `rest_prefix`",
    )
    websocket_prefix: _Prefix = Field(
        default=DEFAULT_PREFIXES.websocket, description="the path before `/public` and `/private`"
    )
    login: Annotated[Literal["api_key", "jwt"], must_be("is one of api_key, jwt")] = Field(
        default="api_key", description="`api_key`, or `jwt`: tokens signed with a key of the operator"
    )
    jwt: Annotated[JwtLogin | None, BeforeValidator(_jwt)] = Field(
        default=None, description="the settings of `login: jwt`, see below"
    )
    example_pair: Annotated[
        str,
        Field(pattern="^[A-Z0-9_]+-[A-Z0-9_]+$"),
        BeforeValidator(lambda value: scalar(value).upper()),
        must_be("is written like BTC-USD"),
    ] = Field(default="BTC-USD", description="the example that Hummingbot shows when it asks for a market")
    maker_fee: _Fee = Field(
        default=_DEFAULT_FEE, description="a maker's fee as a fraction, used until the exchange reports its own"
    )
    taker_fee: _Fee = Field(
        default=_DEFAULT_FEE, description="a taker's fee as a fraction, used until the exchange reports its own"
    )
    requests: Count = Field(
        default_factory=lambda: CONSTANTS.REQUEST_LIMIT,
        description="the exchange's request limit: so many requests in `interval_s` seconds",
    )
    interval_s: Count = Field(
        default_factory=lambda: CONSTANTS.REQUEST_LIMIT_INTERVAL_S,
        description="the time of the request limit in seconds",
    )
    dialect: Annotated[Dialect, BeforeValidator(_dialect), must_be(f"is one of {', '.join(DIALECTS)}")] = Field(
        default=AUTO, description="the exchange's variant of Peatio; `auto` detects what can be detected"
    )
    ca_file: Annotated[Path | None, BeforeValidator(_below_folder), must_be("is the path of a file")] = Field(
        default=None, description="a PEM file of certificates to trust instead of the system's"
    )
    proxy: Annotated[
        str,
        AfterValidator(_proxy),
        BeforeValidator(scalar),
        must_be("is the URL of an HTTP proxy, http://host:port", is_shown=False),
    ] = Field(default="", repr=False, description="URL of an HTTP proxy for REST and websocket")

    @model_validator(mode="after")
    def _has_its_login(self) -> Self:
        if self.login == "jwt" and self.jwt is None:
            raise ConfigError("login: jwt needs a section `jwt` with lines of the form `setting: value`")
        if self.login != "jwt" and self.jwt is not None:
            raise ConfigError("the section `jwt` needs login: jwt")
        return self

    @cached_property
    def address(self) -> ExchangeAddress:
        """
        :raises ConfigError: when the domain cannot be read
        """
        orders = self.dialect.order_prefix or self.rest_prefix if self.order_prefix is None else self.order_prefix
        return parse_domain(self.domain, Prefixes(self.rest_prefix, orders, self.websocket_prefix))

    @property
    def rate_limits(self) -> list[RateLimit]:
        """What the exchange allows one client, in Hummingbot's form."""
        return [RateLimit(CONSTANTS.REST_LIMIT_ID, self.requests, self.interval_s)]


# The named exchanges by connector name; `peatio_utils` fills it while Hummingbot starts.
NAMED_EXCHANGES: dict[str, Venue] = {}


def venue_of(domain: str) -> Venue:
    """The exchange that Hummingbot's web tools know as `domain`: a connector's name, or plain `peatio`'s address."""
    if domain in NAMED_EXCHANGES:
        return NAMED_EXCHANGES[domain]
    return _plain_venue("" if domain == CONSTANTS.EXCHANGE_NAME else domain)


def venue_named(name: str, domain: str = "") -> Venue:
    """The exchange of the connector `name`.

    :param domain: the address of plain `peatio`, if it is given; a named exchange has its own
    :raises ConfigError: when no exchange has that name
    """
    if name == CONSTANTS.EXCHANGE_NAME:
        return _plain_venue(domain)
    if name not in NAMED_EXCHANGES:
        raise ConfigError(
            f"There is no exchange {name}: add it under `exchanges` in conf/peatio.yml and restart Hummingbot."
        )
    return NAMED_EXCHANGES[name]


def _plain_venue(domain: str) -> Venue:
    """Plain `peatio` at `domain`. Hummingbot gives none to what it makes without keys (rates, candles, paper trade):
    that is the exchange that was connected, and only where nobody connected the default one."""
    return Venue(name=CONSTANTS.EXCHANGE_NAME, domain=domain.strip() or connected_domain())


def load_named_exchanges(folder: Path) -> tuple[dict[str, Venue], list[str]]:
    """The usable exchanges of the file in `folder` by connector name, and a message for each that is not usable."""
    path = folder / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}, []
    except (OSError, ValueError) as error:
        return {}, [f"{path} cannot be read, so no exchange is named: {type(error).__name__}"]
    named_exchanges: dict[str, Venue] = {}
    problems: list[str] = []
    try:
        for name, line, entry in _entries(text):
            try:
                venue = _venue(name, entry, folder)
                if venue.name in named_exchanges:
                    raise ConfigError("there is another exchange of that name; rename one of them")
                named_exchanges[venue.name] = venue
            except ConfigError as error:
                problems.append(f"{path}, line {line}: exchange {name} is left out: {error}")
    except yaml.MarkedYAMLError as error:
        where = f", line {error.problem_mark.line + 1}" if error.problem_mark is not None else ""
        problems.append(f"{path}{where}: not YAML ({error.problem}); the exchanges after it are left out")
    except (ValueError, ArithmeticError, RecursionError, yaml.YAMLError) as error:
        # An error of the library may quote the file, a line of which may hold a password.
        reason = error if isinstance(error, ConfigError) else f"not YAML ({type(error).__name__})"
        problems.append(f"{path}: no exchange is named: {reason}")
    return named_exchanges, problems


def _entries(text: str) -> Iterator[tuple[str, int, Any]]:
    """Name, line (from 1) and content of each entry under `exchanges`.

    :raises ConfigError: when `exchanges` is not a section
    :raises yaml.YAMLError: when the file is not YAML
    """
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None or not isinstance(root, yaml.MappingNode):
            return
        for key, value in root.value:
            if key.value != EXCHANGES_KEY:
                continue
            if isinstance(value, yaml.ScalarNode) and value.value in ("", "null", "~"):
                return
            if not isinstance(value, yaml.MappingNode):
                raise ConfigError(
                    f"line {value.start_mark.line + 1}: write a name and a colon for each exchange, and below it, "
                    "indented, `domain: https://exchange.example`"
                )
            for name, entry in value.value:
                yield str(name.value), name.start_mark.line + 1, loader.construct_object(entry, deep=True)
    finally:
        loader.dispose()


def _venue(name: str, entry: Any, folder: Path) -> Venue:
    if not _NAME.fullmatch(name) or any(word in name for word in _RESERVED):
        raise ConfigError(
            "a name is of lower-case letters, digits and underscores, begins with a letter, and contains neither "
            f"{' nor '.join(_RESERVED)}"
        )
    venue = read(Venue, entry, folder, name=CONSTANTS.CONNECTOR_PREFIX + name)
    _ = venue.address  # raises where the domain cannot be read
    return venue
