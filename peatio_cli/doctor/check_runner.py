"""Runs the doctor's checks one after the other; a failing check does not stop the others.

The checks themselves are in `public`, `book`, `account` and `order`. A check whose needs were not met is skipped with
the reason; a check that takes too long or raises is a failure.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from hummingbot.connector.exchange.peatio.common.messages import Instrument
from hummingbot.connector.exchange.peatio.config import ExchangeAddress
from hummingbot.connector.exchange.peatio.http.assistants import make_factory
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.http.clock import ExchangeClock
from hummingbot.connector.exchange.peatio.http.jwt_auth import JwtAuth
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler
from hummingbot.connector.exchange.peatio.peatio_auth import PeatioAuth
from hummingbot.connector.exchange.peatio.settings.exchanges import JwtLogin
from hummingbot.connector.time_synchronizer import TimeSynchronizer
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory

from peatio_cli.doctor.explain import failure_of
from peatio_cli.doctor.findings import Finding, Verdict, failed
from peatio_cli.doctor.target import Credentials, Target

# Replaces a key or secret that an answer of the exchange contains.
HIDDEN = "(hidden)"
# A shorter text is no secret, and replacing it would make findings unreadable.
SHORTEST_SECRET = 4


@dataclass(frozen=True)
class Timeouts:
    """How long the doctor waits, in seconds.

    :param connect_s: for a connection
    :param request_s: for the answer to a request
    :param snapshot_s: for the first book of a market
    :param listen_s: how long a market's increments are followed
    :param order_s: for each state of an order, and for its cleanup
    """

    connect_s: float = 10.0
    request_s: float = 10.0
    snapshot_s: float = 12.0
    listen_s: float = 3.0
    order_s: float = 15.0


class ExchangeSession:
    """An exchange that is checked: the connector's own tools for it, and what the checks have found so far."""

    def __init__(self, target: Target, timeouts: Timeouts, trade_market: str | None = None) -> None:
        self.target = target
        self.address = target.address
        self.timeouts = timeouts
        self.trade_market = trade_market
        self.markets: list[Instrument] = []
        self.market: Instrument | None = None
        self.version = ""
        self.dialect = target.venue.dialect
        self.clock = TimeSynchronizer()
        self.auth = self._authenticator()
        # Longer pauses than a user waits for; the finding says that there are too many requests.
        throttler = RequestThrottler(target.venue.rate_limits, longest_hold_s=timeouts.request_s)
        exchange_clock = ExchangeClock(target.venue, self.clock, throttler, logging.getLogger(__name__))
        #: Measures the exchange's clock and drops earlier measurements.
        self.measure_clock = exchange_clock.remeasure
        self.factory: WebAssistantsFactory = make_factory(target.venue, throttler, self.auth, [exchange_clock])
        self.rest = self.rest_at(self.address)

    def rest_at(self, address: ExchangeAddress, is_searched: bool = True) -> RestClient:
        """A client for the REST API at `address`.

        :param is_searched: False does not try other dialects for order requests
        """
        dialect = self.dialect if is_searched else replace(self.dialect, is_searched=False)
        return RestClient(self.factory, address, self.measure_clock, self.timeouts.request_s, dialect)

    def _authenticator(self) -> PeatioAuth | JwtAuth:
        match self.target.login:
            case JwtLogin() as login:
                return JwtAuth(login, self.clock.time)
            case Credentials() as credentials:
                return PeatioAuth(credentials.api_key, credentials.secret, self.clock)
            case _:
                return PeatioAuth("", "", self.clock)

    def secrets(self) -> list[str]:
        """Texts that no finding may contain."""
        found: list[str] = []
        if isinstance(self.target.login, Credentials):
            found += [self.target.login.api_key, self.target.login.secret]
        if isinstance(self.auth, JwtAuth):
            found.append(self.auth.bearer().removeprefix("Bearer "))
        found.append(urlsplit(self.target.venue.proxy).password or "")
        return [secret for secret in found if len(secret) >= SHORTEST_SECRET]

    async def close(self) -> None:
        """Closes all connections."""
        await self.factory.close()


@dataclass(frozen=True)
class Check:
    """One line of the table.

    :param key: its name in the JSON
    :param title: its name in the table
    :param examine: the check; an error that it raises is a failure of this check only
    :param needs: keys of the checks that must pass before this one can run
    :param limit_s: seconds after which it fails
    """

    key: str
    title: str
    examine: Callable[[ExchangeSession], Awaitable[Finding]]
    needs: tuple[str, ...] = ()
    limit_s: float = 45.0


@dataclass(frozen=True)
class Row:
    """A check with its finding and duration."""

    key: str
    title: str
    finding: Finding
    seconds: float


@dataclass
class CheckRunner:
    """Runs the checks and collects the rows."""

    checks: Sequence[Check]
    on_start: Callable[[Check], None] = lambda check: None
    rows: list[Row] = field(default_factory=list)
    _causes: dict[str, str] = field(default_factory=dict)

    async def make(self, exchange: ExchangeSession) -> list[Row]:
        """Runs all checks in order and returns their rows."""
        for check in self.checks:
            self.on_start(check)
            started_s = time.monotonic()
            finding = self._skipped(check) or await _run_check(check, exchange)
            if not finding.is_passed:
                self._causes.setdefault(check.key, check.title)
            seconds = time.monotonic() - started_s
            self.rows.append(Row(check.key, check.title, without_secrets(finding, exchange.secrets()), seconds))
        return self.rows

    def _skipped(self, check: Check) -> Finding | None:
        for need in check.needs:
            if need in self._causes:
                # The first failed check is the cause, also for checks that need a skipped one.
                cause = self._causes[check.key] = self._causes[need]
                return Finding(Verdict.SKIPPED, f"cannot be checked while '{cause}' fails")
        return None


async def _run_check(check: Check, exchange: ExchangeSession) -> Finding:
    try:
        return await asyncio.wait_for(_run_check_safely(check, exchange), check.limit_s)
    except TimeoutError:
        return failed(
            f"not finished within {check.limit_s:.0f} s",
            "The exchange or the network is too slow or does not answer. Try again; if it persists, tell the exchange.",
        )


async def _run_check_safely(check: Check, exchange: ExchangeSession) -> Finding:
    try:
        return await check.examine(exchange)
    except Exception as error:
        return failure_of(error)


def without_secrets(finding: Finding, secrets: Sequence[str]) -> Finding:
    """The finding with secrets replaced: an exchange may repeat in an answer what it was sent."""
    detail, remedy = finding.detail, finding.remedy
    for secret in secrets:
        detail, remedy = detail.replace(secret, HIDDEN), remedy.replace(secret, HIDDEN)
    return replace(finding, detail=detail, remedy=remedy)
