"""Checks that need no login: address, version, clock and markets."""

import asyncio
import logging
import os
import re
import socket
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

from hummingbot.connector.exchange.peatio.common.dialects import AUTO
from hummingbot.connector.exchange.peatio.common.errors import MessageError, PeatioError, RequestError
from hummingbot.connector.exchange.peatio.common.instruments import symbol_map, trading_pair
from hummingbot.connector.exchange.peatio.common.messages import Instrument, parse_market, parse_server_time_ms
from hummingbot.connector.exchange.peatio.http.clock import read_time

from peatio_cli.doctor.check_runner import ExchangeSession
from peatio_cli.doctor.explain import NOT_PEATIO, not_peatio
from peatio_cli.doctor.findings import Finding, failed, passed, warning
from peatio_cli.doctor.order_plan import plain
from peatio_cli.doctor.places import REST_PREFIXES, find_rest_prefix, settings_remedy

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
# A certificate that expires within this many days is a warning.
CERTIFICATE_DAYS = 14
# Half of Barong's tolerance (docs/protocol.md section 2); the measurement is accurate to about half a second.
CLOCK_LIMIT_S = 2.5
# The versions that docs/protocol.md describes, by major and minor.
OLDEST_VERSION, NEWEST_VERSION = (2, 3), (3, 1)


async def check_address(exchange: ExchangeSession) -> Finding:
    """Host, TCP, TLS, and whether a Peatio answers."""
    parts = urlsplit(exchange.address.site)
    host = parts.hostname or ""
    is_tls = parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    venue = exchange.target.venue
    certificate_days = None
    if not venue.proxy:  # a proxy alone may be able to get there
        try:
            certificate_days = await _connect(
                host,
                port,
                ssl.create_default_context(cafile=venue.ca_file) if is_tls else None,
                exchange.timeouts.connect_s,
            )
        except (TimeoutError, OSError) as error:
            return _connection_failure(error, exchange.address.site)
    try:
        parse_server_time_ms(await exchange.rest.timestamp())
    except (RequestError, MessageError) as error:
        return await _found_elsewhere(exchange, not_peatio(error))
    if certificate_days is not None and certificate_days < CERTIFICATE_DAYS:
        return warning(
            f"{exchange.address.site} answers; its certificate expires in {certificate_days:.0f} days",
            "The exchange must renew it; otherwise connections fail after that. You need not do anything.",
        )
    if not is_tls and host not in LOOPBACK_HOSTS:
        return warning(
            f"{exchange.address.site} answers without TLS: others on the network can read and change requests",
            f"Use https://{parts.netloc} if the exchange has it.",
        )
    return passed(f"{exchange.address.site} answers{', with a valid certificate' if is_tls else ''}")


async def _found_elsewhere(exchange: ExchangeSession, finding: Finding) -> Finding:
    """The finding that no Peatio answers, with the usual prefix under which one does, if there is one."""
    if finding.remedy != NOT_PEATIO:
        return finding
    prefix = await find_rest_prefix(exchange)
    if prefix is None:
        return failed(finding.detail, f"{NOT_PEATIO} None of {', '.join(REST_PREFIXES)} answers as a Peatio either.")
    return failed(f"{finding.detail} A Peatio answers under {prefix or '/'}.", settings_remedy("rest_prefix", prefix))


async def _connect(host: str, port: int, context: ssl.SSLContext | None, timeout_s: float) -> float | None:
    """Opens and closes a connection; returns for how many days its certificate is valid, None without TLS."""
    _, writer = await asyncio.wait_for(asyncio.open_connection(host, port, ssl=context), timeout_s)
    try:
        certificate = writer.get_extra_info("peercert")
    finally:
        writer.transport.abort()
    if not certificate:
        return None
    return (ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) / 86_400


def _connection_failure(error: Exception, site: str) -> Finding:
    if isinstance(error, socket.gaierror):
        return failed(f"there is no such host: {site}", "Check the spelling of the address, and your network.")
    if isinstance(error, ssl.SSLCertVerificationError):
        return failed(
            f"the certificate of {site} is not trusted: {error.verify_message}",
            "Check the address and this machine's date; if both are right, ask the exchange. Do not send keys there.",
        )
    if isinstance(error, ssl.SSLError):
        return failed(
            f"{site} does not use TLS on that port ({error.reason or 'no handshake'})",
            "Check the port; if the exchange has no TLS, write http:// before its address.",
        )
    if isinstance(error, TimeoutError):
        return failed(f"no connection to {site} in time", "Check the address, your network, and firewalls.")
    number = getattr(error, "errno", None)
    message = os.strerror(number) if number else error
    return failed(
        f"no connection to {site}: {message}",
        "Check host and port, and whether the exchange (or the sandbox) is running.",
    )


async def check_version(exchange: ExchangeSession) -> Finding:
    """The version of Peatio, and whether the connector supports it."""
    try:
        version = await exchange.rest.version()
    except PeatioError as error:
        return warning(
            f"the exchange did not give its version: {error}", "If another check fails, ask which Peatio it runs."
        )
    exchange.version = version
    match = re.match(r"v?(\d+)\.(\d+)", version)
    if match is None:
        return warning(
            f"the exchange's version is '{version:.40}'", "If another check fails, ask which Peatio it runs."
        )
    number = (int(match[1]), int(match[2]))
    if OLDEST_VERSION <= number <= NEWEST_VERSION:
        set_by_hand = "" if exchange.dialect is AUTO else f"; set to {exchange.dialect.name} in conf/peatio.yml"
        return passed(f"Peatio {version:.40}, dialect of {dialect_of(number)}{set_by_hand}")
    known = f"{OLDEST_VERSION[0]}.{OLDEST_VERSION[1]} to {NEWEST_VERSION[0]}.{NEWEST_VERSION[1]}"
    return warning(
        f"Peatio {version:.40}: the connector supports {known}", "Trade small amounts first and watch them closely."
    )


def dialect_of(version: tuple[int, int]) -> str:
    """The versions with the same API as `version` (docs/protocol.md section 3)."""
    if version < (2, 4):
        return "2.3"
    return "2.4 to 2.6" if version < (3, 0) else "3.0 and 3.1"


async def check_clock(exchange: ExchangeSession) -> Finding:
    """The difference between this machine's clock and the exchange's."""
    before_s = time.time()
    server_s = (await read_time(exchange.target.venue)).epoch_ms / 1e3
    offset_s = server_s - (before_s + time.time()) / 2
    if abs(offset_s) < CLOCK_LIMIT_S:
        return passed(f"within {CLOCK_LIMIT_S:g} s of the exchange's ({offset_s:+.1f} s)")
    return failed(
        f"this machine's clock is {abs(offset_s):.1f} s {'behind' if offset_s > 0 else 'ahead of'} the exchange's",
        "Switch on time synchronisation on this machine; if the exchange's clock is wrong, tell the exchange. The "
        "connector signs with the exchange's time anyway; other programs may be refused.",
    )


async def check_markets(exchange: ExchangeSession) -> Finding:
    """The markets that can be traded, and whether their rules can be read."""
    rows = await exchange.rest.markets()
    warnings = _Warnings()
    tradable = symbol_map(rows, warnings.logger)
    exchange.markets = [market for row in rows if (market := _market(row)) and market.symbol in tradable]
    if not exchange.markets:
        return failed(
            f"none of {len(rows)} markets can be traded{warnings.text()}", "Ask the exchange whether it is closed."
        )
    exchange.market = await _market_to_check(exchange)
    names = [market.symbol for market in exchange.markets]
    listed = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    detail = f"{len(names)} of {len(rows)} open: {listed}; {_rules(exchange.market)}"
    if warnings.texts:
        return warning(f"{detail}{warnings.text()}", "The markets named here cannot be traded with Hummingbot.")
    return passed(detail)


class _Warnings:
    """The connector's log messages about the markets."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.logger = logging.Logger("markets")
        handler = logging.Handler(logging.WARNING)
        handler.emit = lambda record: self.texts.append(record.getMessage())  # type: ignore[method-assign]
        self.logger.addHandler(handler)

    def text(self) -> str:
        """The first one, and how many more there are; "" without any."""
        if not self.texts:
            return ""
        more = f" (and {len(self.texts) - 1} more)" if len(self.texts) > 1 else ""
        return f". {self.texts[0]:.200}{more}"


def _market(row: Any) -> Instrument | None:
    try:
        return parse_market(row)
    except MessageError:
        return None  # `symbol_map` logs it


async def _market_to_check(exchange: ExchangeSession) -> Instrument:
    """The market for the next checks: the requested one, else the first that has been traded."""
    for market in exchange.markets:
        if exchange.trade_market is not None and is_called(market, exchange.trade_market):
            return market
    try:
        traded = await exchange.rest.last_prices()
    except PeatioError:
        traded = {}
    return next((market for market in exchange.markets if market.symbol in traded), exchange.markets[0])


def is_called(market: Instrument, name: str) -> bool:
    """Whether `name` is the market's symbol or Hummingbot's trading pair, in letters of any case."""
    pair = trading_pair(market)
    return name.lower() in (market.symbol.lower(), pair.lower(), pair.lower().replace("-", ""))


def _rules(market: Instrument) -> str:
    return (
        f"{market.symbol}: amounts from {plain(market.min_amount)} in steps of {market.amount_increment:f}, "
        f"prices in steps of {market.price_increment:f}"
    )
