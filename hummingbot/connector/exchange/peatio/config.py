"""Which exchange the connector talks to, and under which addresses.

An operator who ships the connector to the users of one exchange sets ``exchange_domain`` here, or the environment
variable ``PEATIO_EXCHANGE_DOMAIN`` where it runs; its users are then asked for their keys only.
"""

import ipaddress
import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from hummingbot.connector.exchange.peatio.common.errors import ConfigError

# Where `hummingbot-peatio sandbox` listens.
SANDBOX_DOMAIN = "http://127.0.0.1:8090"
DOMAIN_VARIABLE = "PEATIO_EXCHANGE_DOMAIN"

# The default exchange: what an empty answer at the domain prompt means. As shipped it is the sandbox, so that a first
# try needs no account anywhere.
_chosen_domain = os.environ.get(DOMAIN_VARIABLE, "").strip()
exchange_domain = _chosen_domain or SANDBOX_DOMAIN

# Whether the operator has chosen the exchange, be it the sandbox; the user is then not asked for it.
is_preset = bool(_chosen_domain) or exchange_domain != SANDBOX_DOMAIN


@dataclass(frozen=True)
class Prefixes:
    """The paths on the exchange's host below which it serves its interfaces.

    :param orders: for the calls below `market/orders`, which some exchanges serve under a path of their own
    """

    rest: str
    orders: str
    websocket: str


# Of a Peatio behind the usual gateway (docs/protocol.md section 1).
DEFAULT_PREFIXES = Prefixes(rest="/api/v2/peatio", orders="/api/v2/peatio", websocket="/api/v2/ranger")
_ORDERS_PATH = "market/orders"


@dataclass(frozen=True)
class ExchangeAddress:
    """The addresses of one exchange, without trailing slashes.

    :param site: scheme and host as shown to the user, e.g. ``https://exchange.example``
    :param rest: prefix of every REST path, e.g. ``https://exchange.example/api/v2/peatio``
    :param orders: prefix of the order paths
    :param websocket: prefix of ``/public`` and ``/private``, e.g. ``wss://exchange.example/api/v2/ranger``
    """

    site: str
    rest: str
    orders: str
    websocket: str

    def rest_url(self, path: str) -> str:
        """:param path: e.g. ``public/markets``"""
        return f"{self.orders if path.startswith(_ORDERS_PATH) else self.rest}/{path}"

    def websocket_url(self, channel: str) -> str:
        """:param channel: ``public`` or ``private``"""
        return f"{self.websocket}/{channel}"


def parse_domain(domain: str | None, prefixes: Prefixes = DEFAULT_PREFIXES) -> ExchangeAddress:
    """Addresses of the exchange at `domain`: a bare host with a dot, ``host:port`` or a URL with scheme.

    Empty means `exchange_domain`. Without a scheme the address is https, but http on a loopback host, for the sandbox.

    :raises ConfigError: naming what is wrong with the text and what to write instead
    """
    text = (domain or "").strip() or exchange_domain
    scheme, separator, rest = text.partition("://")
    if "@" in text:
        # Checked first, because the other messages repeat the text, which may hold a password.
        raise _invalid("(address with a user name)", "an address carries no user name or password")
    if not separator:
        scheme, rest = "", text
    elif scheme.lower() not in ("http", "https"):
        raise _invalid(text, f"the scheme '{scheme}' is not http or https")
    if rest.count(":") > 1 and "[" not in rest:
        # The end of ::1:8090 may be a port or a part of the address, so neither is guessed.
        raise _invalid(text, "an IPv6 address is written in brackets, [::1] or [::1]:8090")
    try:
        parts = urlsplit(f"//{rest}")
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _invalid(text, str(error)) from error
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise _invalid(text, "it must be the address of the site, without a path")
    if not _is_host(host):
        raise _invalid(text, f"'{host}' is neither a host name nor an IP address")
    if not scheme and port is None and "." not in host and not _is_loopback(host) and _ip(host) is None:
        # Most often another answer that was typed at this prompt: a name in a container network has a port or a scheme.
        raise _invalid(text, f"'{host}' is a word without a dot; if that is a host, write http://{host}")
    scheme = scheme.lower() or ("http" if _is_loopback(host) else "https")
    authority = f"[{host}]" if ":" in host else host
    if port is not None:
        authority = f"{authority}:{port}"
    site = f"{scheme}://{authority}"
    websocket_scheme = "ws" if scheme == "http" else "wss"
    return ExchangeAddress(
        site=site,
        rest=f"{site}{prefixes.rest}",
        orders=f"{site}{prefixes.orders}",
        websocket=f"{websocket_scheme}://{authority}{prefixes.websocket}",
    )


def _invalid(text: str, reason: str) -> ConfigError:
    return ConfigError(
        f"'{text}' is not an exchange's address: {reason}. "
        "Write a host (exchange.example), host:port (127.0.0.1:8090) or a URL (https://exchange.example)."
    )


def _is_host(host: str) -> bool:
    if _ip(host) is not None:
        return True
    labels = host.removesuffix(".").split(".")
    if len(host) > 253 or (len(labels) == 1 and host != "localhost" and not _is_label(host)):
        return False
    # A name whose last label is a number is a mistyped IP address, not a host (RFC 3696 section 2).
    return all(_is_label(label) for label in labels) and not labels[-1].isdigit()


def _is_label(label: str) -> bool:
    try:
        ascii_label = label.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return (
        0 < len(ascii_label) <= 63
        and not ascii_label.startswith("-")
        and not ascii_label.endswith("-")
        and all(character.isalnum() or character in "-_" for character in ascii_label)
    )


def _is_loopback(host: str) -> bool:
    ip = _ip(host)
    return host == "localhost" or (ip is not None and ip.is_loopback)


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
