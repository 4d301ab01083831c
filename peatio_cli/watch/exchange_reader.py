"""Reads an exchange for the page: GET of a few paths, of its configured host only, within a share of its limit.

There is no other method here: who has the page, or this process, can change nothing on the exchange.
"""

import asyncio
import json
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

import aiohttp
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    AnswerError,
    NonceError,
    PeatioError,
    TokenError,
    error_from_answer,
)
from hummingbot.connector.exchange.peatio.http.assistants import Connections
from hummingbot.connector.exchange.peatio.http.clock import ExchangeClock
from hummingbot.connector.exchange.peatio.http.jwt_auth import JwtAuth
from hummingbot.connector.exchange.peatio.http.redirects import RedirectError
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler
from hummingbot.connector.exchange.peatio.peatio_auth import PeatioAuth, PeatioLogin
from hummingbot.connector.exchange.peatio.settings.exchanges import JwtLogin, Venue
from hummingbot.connector.time_synchronizer import TimeSynchronizer

from peatio_cli.doctor.check_runner import HIDDEN, SHORTEST_SECRET
from peatio_cli.doctor.target import Credentials
from peatio_cli.watch.answer_shapes import ShapeError, shaped

#: Of the exchange's request limit: the bot has the rest.
SHARE_PCT = 5
REQUEST_TIMEOUT_S = 10.0
#: Longer answers are refused: a page needs none.
LONGEST_ANSWER = 16 * 1024 * 1024
#: So many answers are kept, each for the time of its path.
ANSWERS_KEPT = 256
_MARKET = r"[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]+)*"
#: Path → how long its answer is good for several pages, in seconds.
_PUBLIC = {
    re.compile(r"public/markets"): 600.0,
    re.compile(r"public/markets/tickers"): 5.0,
    re.compile(rf"public/markets/{_MARKET}/depth"): 2.0,
    re.compile(rf"public/markets/{_MARKET}/trades"): 2.0,
    re.compile(rf"public/markets/{_MARKET}/k-line"): 2.0,
}
_OWN = {re.compile(path): 4.0 for path in ("market/orders", "market/trades", "account/balances")}
_PARAMETERS = frozenset(
    ("limit", "page", "period", "time_from", "time_to", "market", "state[]", "order_by", "type")
)
_FAILED_S = 1.0

Query = Sequence[tuple[str, str]]
_logger = logging.getLogger(__name__)


class PathRefusedError(Exception):
    """The page asked for something that is not read here."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the page gets: JSON, whatever the exchange sent."""

    status: int
    text: str


def _failed(status: int, code: str) -> Answer:
    return Answer(status, json.dumps({"errors": [code]}))


class ExchangeReader:
    """One exchange, read without a login and perhaps with one.

    :param login: of an account; None reads public paths only
    :param throttler: the share of the request limit; readers of one exchange share it
    :raises ConfigError: when the login or the certificates cannot be used
    """

    def __init__(
        self,
        venue: Venue,
        login: Credentials | JwtLogin | None = None,
        throttler: RequestThrottler | None = None,
        now_s: Callable[[], float] = time.monotonic,
        share_pct: int = SHARE_PCT,
    ) -> None:
        self.venue = venue
        self.throttler = throttler or RequestThrottler(venue.rate_limits, Decimal(share_pct))
        self.connections = Connections(venue.ca_file, venue.proxy)
        self._now_s = now_s
        synchronizer = TimeSynchronizer()
        self.clock = ExchangeClock(venue, synchronizer, self.throttler, _logger)
        self.auth = _auth(login, synchronizer)
        self._secrets = _secrets(login, venue)
        self._client: aiohttp.ClientSession | None = None
        self._answers: OrderedDict[tuple[str, tuple[tuple[str, str], ...]], tuple[float, Answer]] = OrderedDict()
        self._asking: dict[tuple[str, tuple[tuple[str, str], ...]], asyncio.Task[Answer]] = {}

    async def close(self) -> None:
        """Ends what is under way, and closes its connections; those that a process shares stay open."""
        for task in list(self._asking.values()):
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    @property
    def client(self) -> aiohttp.ClientSession:
        """The connections to the exchange."""
        if self._client is None or self._client.closed:
            self._client = self.connections.open_client()
        return self._client

    def without_secrets(self, text: str) -> str:
        """The text with the login's secrets replaced: an exchange may repeat what it was sent."""
        tokens = () if not isinstance(self.auth, JwtAuth) else (self.auth.bearer().removeprefix("Bearer "),)
        for secret in (*self._secrets, *tokens):
            text = text.replace(secret, HIDDEN)
        return text

    async def read(self, path: str, query: Query = ()) -> Answer:
        """The exchange's answer to a GET, or one of the last seconds.

        :param path: below the REST prefix, such as `public/markets`
        :raises PathRefusedError: when it is not one that is read here
        """
        kept_s = self._kept_s(path)
        key = path, tuple((name, value) for name, value in query if name in _PARAMETERS)
        known = self._answers.get(key)
        if known is not None and known[0] > self._now_s():
            return known[1]
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(self._ask(path, key[1]))
            task.add_done_callback(lambda _task: self._asking.pop(key, None))
        answer = await asyncio.shield(task)
        self._answers[key] = self._now_s() + (kept_s if answer.status == 200 else _FAILED_S), answer
        self._answers.move_to_end(key)
        while len(self._answers) > ANSWERS_KEPT:
            self._answers.popitem(last=False)
        return answer

    def _kept_s(self, path: str) -> float:
        allowed = _PUBLIC if self.auth is None else _OWN
        for pattern, kept_s in allowed.items():
            if pattern.fullmatch(path):
                return kept_s
        raise PathRefusedError

    async def _ask(self, path: str, query: Query) -> Answer:
        limit_id = CONSTANTS.PUBLIC_LIMIT_ID if self.auth is None else CONSTANTS.REST_LIMIT_ID
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                try:
                    return await self._ask_once(path, query, limit_id)
                except (NonceError, TokenError):
                    await self.clock.remeasure()
                    return await self._ask_once(path, query, limit_id)
        except AnswerError as error:
            self.throttler.hold(limit_id, error)
            return _failed(error.status, self.without_secrets(", ".join(error.codes) or f"HTTP {error.status}"))
        except TimeoutError:
            is_held = self.throttler.held_s(limit_id) > 0 or self.throttler.budget(CONSTANTS.REST_LIMIT_ID)[1] == 0
            return _failed(429, "watch.share_used") if is_held else _failed(504, "watch.no_answer")
        except RedirectError:
            return _failed(502, "watch.redirect_refused")
        except (aiohttp.ClientError, OSError, ValueError, PeatioError) as error:
            return _failed(502, f"watch.{type(error).__name__}")

    async def _ask_once(self, path: str, query: Query, limit_id: str) -> Answer:
        """
        :raises AnswerError: when the exchange refuses
        """
        async with AsyncExitStack() as stack:
            if self.auth is not None:
                await self.clock.ensure()
            await stack.enter_async_context(self.throttler.execute_task(limit_id))
            headers = {} if self.auth is None else self.auth.headers()
            response = await stack.enter_async_context(
                self.client.get(
                    self.venue.address.rest_url(path), params=list(query), headers=headers, allow_redirects=False
                )
            )
            if 300 <= response.status < 400:
                return _failed(502, "watch.redirect_refused")
            body = await response.content.read(LONGEST_ANSWER + 1)
            while len(body) <= LONGEST_ANSWER and (more := await response.content.read(LONGEST_ANSWER)):
                body += more
            if len(body) > LONGEST_ANSWER:
                return _failed(502, "watch.answer_too_long")
            text = body.decode(errors="replace")
            if response.status >= 400:
                raise error_from_answer(f"GET {path}", response.status, response.headers, text)
            try:
                text = _for_a_page(path, text)
            except (ShapeError, ValueError, RecursionError):
                return _failed(502, "watch.unexpected_answer")
            return Answer(200, self.without_secrets(text))


def _for_a_page(path: str, text: str) -> str:
    """As the exchange wrote it, digit by digit, unless a row has to be left out.

    :raises ShapeError, ValueError, RecursionError: when it is no answer to what was asked
    """
    body = json.loads(text, parse_constant=_refuse_constant)
    sound = shaped(path, body)
    return text if sound == body else json.dumps(sound)


def _refuse_constant(name: str) -> None:
    """Python reads NaN and Infinity, which are no JSON."""
    raise ValueError(name)


def _auth(login: Credentials | JwtLogin | None, clock: TimeSynchronizer) -> PeatioLogin | None:
    match login:
        case None:
            return None
        case JwtLogin():
            return JwtAuth(login, clock.time)
        case Credentials():
            return PeatioAuth(login.api_key, login.secret, clock)


def _secrets(login: Credentials | JwtLogin | None, venue: Venue) -> Collection[str]:
    found = [login.api_key, login.secret] if isinstance(login, Credentials) else []
    found.append(urlsplit(venue.proxy).password or "")
    return [secret for secret in found if len(secret) >= SHORTEST_SECRET]
