"""The doctor's rounds: checks one after the other, none of which takes the others down.

What is checked is in `doctor_public`, `doctor_book`, `doctor_account` and `doctor_order`; here is what a check is and
how checks are made: one whose needs were not met is skipped with the reason, one that takes too long or breaks is a
failure of its own.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from hummingbot.connector.exchange.peatio.common.messages import Instrument
from hummingbot.connector.exchange.peatio.config import ExchangeAddress
from hummingbot.connector.exchange.peatio.http.assistants import make_synchronized_factory, server_time_ms
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.http.jwt_auth import JwtAuth
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler
from hummingbot.connector.exchange.peatio.peatio_auth import PeatioAuth
from hummingbot.connector.exchange.peatio.settings.exchanges import JwtLogin
from hummingbot.connector.time_synchronizer import TimeSynchronizer
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory

from peatio_cli.doctor.explain import explained
from peatio_cli.doctor.findings import Finding, Verdict, broken
from peatio_cli.doctor.target import Credentials, Target

# What stands in a finding for a key or secret that the exchange repeated.
HIDDEN = "(hidden)"
# Anything shorter keeps no secret, and striking it out would leave no readable word.
SHORTEST_SECRET = 4


@dataclass(frozen=True)
class Timeouts:
    """How long the doctor waits for what, in seconds.

    :param connect_s: for a connection to stand
    :param request_s: for the answer to a request
    :param snapshot_s: for the first book of a market
    :param listen_s: how long a market's increments are followed
    :param order_s: for each step of an order's life, and for clearing it away
    """

    connect_s: float = 10.0
    request_s: float = 10.0
    snapshot_s: float = 12.0
    listen_s: float = 3.0
    order_s: float = 15.0


class ExchangeSession:
    """An exchange under examination: the connector's own tools for it, and what the checks have learnt so far."""

    def __init__(self, target: Target, patience: Timeouts, trade_market: str | None = None) -> None:
        self.target = target
        self.address = target.address
        self.patience = patience
        self.trade_market = trade_market
        self.markets: list[Instrument] = []
        self.market: Instrument | None = None
        self.version = ""
        self.dialect = target.venue.dialect
        self.clock = TimeSynchronizer()
        self.auth = self._authenticator()
        self.factory: WebAssistantsFactory = make_synchronized_factory(
            target.venue, RequestThrottler(target.venue.rate_limits), self.clock, self.auth
        )
        self.rest = self.rest_at(self.address)

    def rest_at(self, address: ExchangeAddress, is_searched: bool = True) -> RestClient:
        """The exchange's REST interface, were it at `address`.

        :param is_searched: False leaves out what other dialects have elsewhere
        """
        dialect = self.dialect if is_searched else replace(self.dialect, is_searched=False)
        return RestClient(self.factory, address, self.measure_clock, self.patience.request_s, dialect)

    def _authenticator(self) -> PeatioAuth | JwtAuth:
        match self.target.login:
            case JwtLogin() as login:
                return JwtAuth(login, self.clock.time)
            case Credentials() as credentials:
                return PeatioAuth(credentials.api_key, credentials.secret, self.clock)
            case _:
                return PeatioAuth("", "", self.clock)

    async def measure_clock(self) -> None:
        """Replaces what is known of the exchange's clock by a new measurement."""
        self.clock.clear_time_offset_ms_samples()
        await self.clock.update_server_time_offset_with_time_provider(
            server_time_ms(self.target.venue)
        )

    def secrets(self) -> list[str]:
        """What no finding may show, whoever said it."""
        found: list[str] = []
        if isinstance(self.target.login, Credentials):
            found += [self.target.login.api_key, self.target.login.secret]
        if isinstance(self.auth, JwtAuth):
            found.append(self.auth.bearer().removeprefix("Bearer "))
        found.append(urlsplit(self.target.venue.proxy).password or "")
        return [secret for secret in found if len(secret) >= SHORTEST_SECRET]

    async def close(self) -> None:
        """Ends all connections."""
        await self.factory.close()


@dataclass(frozen=True)
class Check:
    """One line of the table.

    :param key: its name for machines
    :param title: its name for people
    :param examine: may raise anything; that is a failure of this check alone
    :param needs: keys of the checks without which this one cannot be made
    :param limit_s: seconds after which it has failed
    """

    key: str
    title: str
    examine: Callable[[ExchangeSession], Awaitable[Finding]]
    needs: tuple[str, ...] = ()
    limit_s: float = 45.0


@dataclass(frozen=True)
class Row:
    """A check with its outcome and how long it took."""

    key: str
    title: str
    finding: Finding
    seconds: float


@dataclass
class CheckRunner:
    """Makes the checks and collects the rows."""

    checks: Sequence[Check]
    on_start: Callable[[Check], None] = lambda check: None
    rows: list[Row] = field(default_factory=list)
    _causes: dict[str, str] = field(default_factory=dict)

    async def make(self, patient: ExchangeSession) -> list[Row]:
        """All checks in their order."""
        for check in self.checks:
            self.on_start(check)
            started_s = time.monotonic()
            finding = self._skipped(check) or await _examined(check, patient)
            if not finding.is_passed:
                self._causes.setdefault(check.key, check.title)
            seconds = time.monotonic() - started_s
            self.rows.append(Row(check.key, check.title, without_secrets(finding, patient.secrets()), seconds))
        return self.rows

    def _skipped(self, check: Check) -> Finding | None:
        for need in check.needs:
            if need in self._causes:
                # What was skipped hands on the first cause, not its own name.
                cause = self._causes[check.key] = self._causes[need]
                return Finding(Verdict.SKIPPED, f"cannot be checked while '{cause}' fails")
        return None


async def _examined(check: Check, patient: ExchangeSession) -> Finding:
    try:
        return await asyncio.wait_for(_guarded(check, patient), check.limit_s)
    except TimeoutError:
        return broken(
            f"no end within {check.limit_s:.0f} s",
            "The exchange or the network is too slow or hangs: try again; if it stays so, tell the exchange.",
        )


async def _guarded(check: Check, patient: ExchangeSession) -> Finding:
    try:
        return await check.examine(patient)
    except Exception as error:
        return explained(error)


def without_secrets(finding: Finding, secrets: Sequence[str]) -> Finding:
    """The finding with secrets struck out: an exchange may repeat in an answer what it was sent."""
    detail, remedy = finding.detail, finding.remedy
    for secret in secrets:
        detail, remedy = detail.replace(secret, HIDDEN), remedy.replace(secret, HIDDEN)
    return replace(finding, detail=detail, remedy=remedy)
