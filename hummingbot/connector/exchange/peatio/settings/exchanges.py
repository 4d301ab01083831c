"""The exchanges named in `conf/peatio.yml`: each becomes a connector `peatio_NAME` beside plain `peatio`.

Read while Hummingbot starts, so nothing here may keep it from starting: what cannot be used is left out, with a line
that names file, line and remedy.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from hummingbot.connector.exchange.peatio.common.dialects import AUTO, DIALECTS, Dialect
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.config import DEFAULT_PREFIXES, ExchangeAddress, Prefixes, parse_domain
from hummingbot.connector.exchange.peatio.settings.connector import EXCHANGES_KEY, FILE_NAME

CONNECTOR_PREFIX = "peatio_"
LOGINS = ("api_key", "jwt")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
# Hummingbot takes connectors for something else when their names hold these.
_RESERVED = ("perpetual", "paper_trade")
_PAIR = re.compile(r"[A-Z0-9]+-[A-Z0-9]+")
_DEFAULT_FEE = Decimal("0.002")


@dataclass(frozen=True)
class JwtLogin:
    """A login with tokens that the operator's own key signs.

    :param key_file: a PEM private key, RSA or Ed25519, readable by its owner alone
    :param uid, email, role, level: whom the tokens speak for
    :param audience, issuer: what the exchange expects in them, if anything
    """

    key_file: Path
    uid: str
    email: str
    role: str = "member"
    level: int = 3
    audience: tuple[str, ...] = ()
    issuer: str = ""


@dataclass(frozen=True)
class NamedExchange:
    """One named exchange.

    :param name: the connector's name in Hummingbot, `peatio_NAME`
    :param example_pair: shown by Hummingbot where it asks for a market
    :param maker_fee, taker_fee: fractions, until the exchange has told its own
    :param requests, interval_s: so many requests in so many seconds are allowed
    :param dialect: how to speak to it; `auto` finds out by itself what can be found out
    :param jwt: whom the tokens of a JWT login speak for; None logs in with an API key
    :param ca_file: certificates to trust instead of the system's
    :param proxy: URL of an HTTP proxy for REST and websocket
    """

    name: str
    address: ExchangeAddress
    example_pair: str = "BTC-USD"
    maker_fee: Decimal = _DEFAULT_FEE
    taker_fee: Decimal = _DEFAULT_FEE
    requests: int = 6000
    interval_s: int = 300
    dialect: Dialect = AUTO
    jwt: JwtLogin | None = None
    ca_file: Path | None = None
    proxy: str = field(default="", repr=False)  # may hold a password


# The named exchanges by connector name; `peatio_utils` fills it while Hummingbot starts.
NAMED_EXCHANGES: dict[str, NamedExchange] = {}


def load_named_exchanges(folder: Path) -> tuple[dict[str, NamedExchange], list[str]]:
    """The usable exchanges of the file in `folder` by connector name, and a line for each that is not usable."""
    path = folder / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}, []
    except (OSError, ValueError) as error:
        return {}, [f"{path} cannot be read, and names no exchange: {error}"]
    named_exchanges: dict[str, NamedExchange] = {}
    problems: list[str] = []
    try:
        for name, line, entry in _entries(text):
            try:
                named_exchange = _named_exchange(name, entry, folder)
                if named_exchange.name in named_exchanges:
                    raise ConfigError("there is another exchange of that name; rename one of them")
                named_exchanges[named_exchange.name] = named_exchange
            except ConfigError as error:
                problems.append(f"{path}, line {line}: exchange {name} is left out: {error}")
    except yaml.MarkedYAMLError as error:
        where = f", line {error.problem_mark.line + 1}" if error.problem_mark is not None else ""
        problems.append(f"{path}{where}: not YAML ({error.problem}); the exchanges behind it are left out")
    except (ConfigError, yaml.YAMLError, RecursionError) as error:
        problems.append(f"{path}: no exchange is named: {error}")
    return named_exchanges, problems


def _entries(text: str) -> Iterator[tuple[str, int, Any]]:
    """Name, line (from 1) and content of each entry under `exchanges`."""
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


def _named_exchange(name: str, entry: Any, folder: Path) -> NamedExchange:
    if not _NAME.fullmatch(name) or any(word in name for word in _RESERVED):
        raise ConfigError(
            "a name is of lower-case letters, digits and underscores, begins with a letter, and holds neither "
            f"{' nor '.join(_RESERVED)}"
        )
    options = _Options(entry)
    dialect = DIALECTS[options.choice("dialect", tuple(DIALECTS))]
    rest_prefix = options.prefix("rest_prefix", DEFAULT_PREFIXES.rest)
    prefixes = Prefixes(
        rest=rest_prefix,
        orders=options.prefix("order_prefix", dialect.order_prefix or rest_prefix),
        websocket=options.prefix("websocket_prefix", DEFAULT_PREFIXES.websocket),
    )
    login = options.choice("login", LOGINS)
    ca_file = options.file("ca_file", folder)
    named_exchange = NamedExchange(
        name=CONNECTOR_PREFIX + name,
        address=parse_domain(options.text("domain"), prefixes),
        example_pair=options.text("example_pair", "BTC-USD").upper(),
        maker_fee=options.fee("maker_fee"),
        taker_fee=options.fee("taker_fee"),
        requests=options.count("requests", 6000),
        interval_s=options.count("interval_s", 300),
        dialect=dialect,
        jwt=_jwt_login(_Options(options.take("jwt")), folder) if login == "jwt" else None,
        ca_file=ca_file,
        proxy=options.text("proxy", ""),
    )
    if not _PAIR.fullmatch(named_exchange.example_pair):
        raise ConfigError(f"example_pair is written like BTC-USD, not {named_exchange.example_pair!r}")
    if named_exchange.proxy and not _is_proxy(named_exchange.proxy):
        raise ConfigError("proxy is the URL of an HTTP proxy, http://host:port")
    options.refuse_rest()
    return named_exchange


def _is_proxy(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False  # a port that is none


def _jwt_login(options: "_Options", folder: Path) -> JwtLogin:
    key_file = options.file("key_file", folder)
    if key_file is None:
        raise ConfigError("key_file is missing: the path of the PEM file whose key signs the tokens")
    audience = options.take("audience", [])
    login = JwtLogin(
        key_file=key_file,
        uid=options.text("uid"),
        email=options.text("email"),
        role=options.text("role", "member"),
        level=options.count("level", 3),
        audience=tuple(map(str, audience if isinstance(audience, list) else [audience])),
        issuer=options.text("issuer", ""),
    )
    options.refuse_rest()
    return login


class _Options:
    """The settings of one entry; each is taken once, and what is left at the end is a mistake."""

    def __init__(self, entry: Any) -> None:
        if not isinstance(entry, dict):
            raise ConfigError("below its name, indented, stand lines of the form `setting: value`")
        self._left = {str(key): value for key, value in entry.items()}
        self._known: set[str] = set()

    def take(self, name: str, default: Any = None) -> Any:
        self._known.add(name)
        value = self._left.get(name)
        return default if value is None else value

    def text(self, name: str, default: str | None = None) -> str:
        value = self.take(name, default)
        if value is None:
            raise ConfigError(f"{name} is missing")
        if isinstance(value, dict | list):
            raise ConfigError(f"{name} is one value")
        return str(value).strip()

    def prefix(self, name: str, default: str) -> str:
        text = self.text(name, default).rstrip("/")
        if text and (not text.startswith("/") or "?" in text or "#" in text):
            raise ConfigError(f"{name} begins with a slash, like {DEFAULT_PREFIXES.rest}, not {text!r}")
        return text

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """The first choice is the default."""
        text = self.text(name, choices[0])
        if text not in choices:
            raise ConfigError(f"{name} is one of {', '.join(choices)}, not {text!r}")
        return text

    def fee(self, name: str) -> Decimal:
        text = self.text(name, str(_DEFAULT_FEE))
        try:
            fee = Decimal(text)
        except InvalidOperation:
            fee = Decimal("NaN")
        if not (fee.is_finite() and abs(fee) < 1):
            raise ConfigError(f"{name} is a fraction, 0.002 for 0.2 %, not {text!r}")
        return fee

    def count(self, name: str, default: int) -> int:
        value = self.take(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ConfigError(f"{name} is a whole number of 1 or more, not {value!r}")
        return value

    def file(self, name: str, folder: Path) -> Path | None:
        text = self.text(name, "")
        return folder / Path(text).expanduser() if text else None

    def refuse_rest(self) -> None:
        unknown = sorted(set(self._left) - self._known)
        if unknown:
            raise ConfigError(
                f"there is no setting {', '.join(unknown)}; there are {', '.join(sorted(self._known))}"
            )


def settings_of_an_exchange() -> list[str]:
    """The names of what can be set for an exchange, for the documentation's test."""
    own = {item.name for item in fields(NamedExchange)} - {"name", "address"}
    return sorted(own | {"domain", "login", "rest_prefix", "order_prefix", "websocket_prefix"})
