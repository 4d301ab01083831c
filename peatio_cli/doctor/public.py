"""What everybody may ask of an exchange: is it there, is it a Peatio, what is traded."""

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
from hummingbot.connector.exchange.peatio.common.instruments import symbol_map
from hummingbot.connector.exchange.peatio.common.messages import Instrument, parse_market, parse_server_time_ms
from hummingbot.connector.exchange.peatio.http.assistants import server_time_ms

from peatio_cli.doctor.check_runner import ExchangeSession
from peatio_cli.doctor.explain import NO_PEATIO, no_peatio
from peatio_cli.doctor.findings import Finding, broken, doubtful, fine
from peatio_cli.doctor.order_plan import plain
from peatio_cli.doctor.places import REST_PREFIXES, found_rest, put_into_file

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
# A certificate that ends within so many days is worth a word.
CERTIFICATE_DAYS = 14
# Half of what Barong tolerates (docs/protocol.md section 2); measuring is good to about half a second.
CLOCK_LIMIT_S = 2.5
# The versions whose facts docs/protocol.md holds, by major and minor.
OLDEST_VERSION, NEWEST_VERSION = (2, 3), (3, 1)


async def check_address(patient: ExchangeSession) -> Finding:
    """Host, TCP, TLS, and a Peatio that tells its time."""
    parts = urlsplit(patient.address.site)
    host = parts.hostname or ""
    is_tls = parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    venue = patient.target.venue
    certificate_days = None
    if not venue.proxy:  # a proxy alone may be able to get there
        try:
            certificate_days = await _knock(
                host,
                port,
                ssl.create_default_context(cafile=venue.ca_file) if is_tls else None,
                patient.patience.connect_s,
            )
        except (TimeoutError, OSError) as error:
            return _closed_door(error, patient.address.site)
    try:
        parse_server_time_ms(await patient.rest.timestamp())
    except (RequestError, MessageError) as error:
        return await _elsewhere(patient, no_peatio(error))
    if certificate_days is not None and certificate_days < CERTIFICATE_DAYS:
        return doubtful(
            f"{patient.address.site} answers; its certificate ends in {certificate_days:.0f} days",
            "Nothing for you to do: the exchange has to renew it, or connections will fail from then on.",
        )
    if not is_tls and host not in LOOPBACK_HOSTS:
        return doubtful(
            f"{patient.address.site} answers, without TLS: everybody on the way can read and change what is sent",
            f"Use https://{parts.netloc} if the exchange has it.",
        )
    return fine(f"{patient.address.site} answers{', with a valid certificate' if is_tls else ''}")


async def _elsewhere(patient: ExchangeSession, finding: Finding) -> Finding:
    """The finding that nothing there is a Peatio's, with the place where it is, should it be a usual one."""
    if finding.remedy != NO_PEATIO:
        return finding
    prefix = await found_rest(patient)
    if prefix is None:
        return broken(finding.detail, f"{NO_PEATIO} It was looked for under {', '.join(REST_PREFIXES)} as well.")
    return broken(f"{finding.detail} A Peatio answers under {prefix or '/'}.", put_into_file("rest_prefix", prefix))


async def _knock(host: str, port: int, context: ssl.SSLContext | None, timeout_s: float) -> float | None:
    """Opens and closes a connection; for how many days its certificate is good, None without TLS."""
    _, writer = await asyncio.wait_for(asyncio.open_connection(host, port, ssl=context), timeout_s)
    try:
        certificate = writer.get_extra_info("peercert")
    finally:
        writer.transport.abort()
    if not certificate:
        return None
    return (ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) / 86_400


def _closed_door(error: Exception, site: str) -> Finding:
    if isinstance(error, socket.gaierror):
        return broken(f"there is no host of that name: {site}", "Check how the address is written, and your network.")
    if isinstance(error, ssl.SSLCertVerificationError):
        return broken(
            f"{site} shows a certificate that is not trusted: {error.verify_message}",
            "Check the address and this machine's date; if both are right, ask the exchange. Do not send keys there.",
        )
    if isinstance(error, ssl.SSLError):
        return broken(
            f"{site} does not speak TLS there ({error.reason or 'no handshake'})",
            "Check the port; if the exchange has no TLS at all, write http:// before its address.",
        )
    if isinstance(error, TimeoutError):
        return broken(f"no connection to {site} in time", "Check the address, your network, and firewalls between.")
    number = getattr(error, "errno", None)
    message = os.strerror(number) if number else error
    return broken(
        f"no connection to {site}: {message}", "Check host and port; is the exchange (or the sandbox) running?"
    )


async def check_version(patient: ExchangeSession) -> Finding:
    """Which Peatio it is, and whether the connector knows its dialect."""
    try:
        version = await patient.rest.version()
    except PeatioError as error:
        return doubtful(
            f"the exchange does not tell its version: {error}", "If something else fails, ask it which Peatio it runs."
        )
    patient.version = version
    match = re.match(r"v?(\d+)\.(\d+)", version)
    if match is None:
        return doubtful(
            f"the exchange calls its version '{version:.40}'", "If something else fails, ask it which Peatio it runs."
        )
    number = (int(match[1]), int(match[2]))
    if OLDEST_VERSION <= number <= NEWEST_VERSION:
        set_by_hand = "" if patient.dialect is AUTO else f"; set to {patient.dialect.name} in conf/peatio.yml"
        return fine(f"Peatio {version:.40}, dialect of {dialect_of(number)}{set_by_hand}")
    known = f"{OLDEST_VERSION[0]}.{OLDEST_VERSION[1]} to {NEWEST_VERSION[0]}.{NEWEST_VERSION[1]}"
    return doubtful(
        f"Peatio {version:.40}: the connector knows {known}", "Watch the first trades closely, with small amounts."
    )


def dialect_of(version: tuple[int, int]) -> str:
    """The versions that speak alike with `version` (docs/protocol.md section 3)."""
    if version < (2, 4):
        return "2.3"
    return "2.4 to 2.6" if version < (3, 0) else "3.0 and 3.1"


async def check_clock(patient: ExchangeSession) -> Finding:
    """How far this machine's clock is off the exchange's."""
    before_s = time.time()
    server_s = await server_time_ms(patient.target.venue) / 1e3
    offset_s = server_s - (before_s + time.time()) / 2
    if abs(offset_s) < CLOCK_LIMIT_S:
        return fine(f"within {CLOCK_LIMIT_S:g} s of the exchange's ({offset_s:+.1f} s)")
    return broken(
        f"this machine's clock is {abs(offset_s):.1f} s {'behind' if offset_s > 0 else 'ahead of'} the exchange's",
        "Set this machine's clock (switch on its time synchronisation), or tell the exchange if it is theirs. "
        "The connector signs with the exchange's time meanwhile, other programs may be refused.",
    )


async def check_markets(patient: ExchangeSession) -> Finding:
    """The markets that can be traded, and whether their rules can be read."""
    rows = await patient.rest.markets()
    remarks = _Remarks()
    tradable = symbol_map(rows, remarks.logger)
    patient.markets = [market for row in rows if (market := _market(row)) and market.symbol in tradable]
    if not patient.markets:
        return broken(
            f"none of {len(rows)} markets can be traded{remarks.text()}", "Ask the exchange whether it is closed."
        )
    patient.market = await _liveliest(patient)
    names = [market.symbol for market in patient.markets]
    listed = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    detail = f"{len(names)} of {len(rows)} open: {listed}; {_rules(patient.market)}"
    if remarks.texts:
        return doubtful(f"{detail}{remarks.text()}", "The markets named cannot be traded with Hummingbot.")
    return fine(detail)


class _Remarks:
    """What the connector says while it reads the markets."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.logger = logging.Logger("markets")
        handler = logging.Handler(logging.WARNING)
        handler.emit = lambda record: self.texts.append(record.getMessage())  # type: ignore[method-assign]
        self.logger.addHandler(handler)

    def text(self) -> str:
        """The first of them, and how many more there are."""
        if not self.texts:
            return ""
        more = f" (and {len(self.texts) - 1} more)" if len(self.texts) > 1 else ""
        return f". {self.texts[0]:.200}{more}"


def _market(row: Any) -> Instrument | None:
    try:
        return parse_market(row)
    except MessageError:
        return None  # told of by `symbol_map`


async def _liveliest(patient: ExchangeSession) -> Instrument:
    """The market to look at: the one asked for, else the first that was ever traded."""
    by_symbol = {market.symbol: market for market in patient.markets}
    if patient.trade_market is not None:
        asked = patient.trade_market.lower().replace("-", "")
        if asked in by_symbol:
            return by_symbol[asked]
    try:
        traded = await patient.rest.last_prices()
    except PeatioError:
        traded = {}
    return next((market for market in patient.markets if market.symbol in traded), patient.markets[0])


def _rules(market: Instrument) -> str:
    return (
        f"{market.symbol}: amounts from {plain(market.min_amount)} in steps of {market.amount_increment:f}, "
        f"prices in steps of {market.price_increment:f}"
    )
