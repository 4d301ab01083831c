"""Peatio's REST interface: one coroutine an endpoint, paging inside, every failure one of `peatio_errors`."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import aiohttp
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.dialects import AUTO, Dialect, dialects_with_own_orders
from hummingbot.connector.exchange.peatio.common.errors import (
    AuthError,
    MessageError,
    NoAnswerError,
    NonceError,
    NoRouteError,
    NotSentError,
    PeatioError,
    ProxyError,
    RefusedError,
    RequestError,
    ServerError,
    TokenError,
    error_from_answer,
)
from hummingbot.connector.exchange.peatio.common.market_data import (
    Candle,
    Ticker,
    parse_candles,
    parse_tickers,
)
from hummingbot.connector.exchange.peatio.common.messages import (
    ZERO,
    Balance,
    FeeRow,
    OrderReport,
    PublicTrade,
    ReportedState,
    TradeReport,
    decode,
    parse_balance,
    parse_fee_row,
    parse_order,
    parse_public_trade,
    parse_trade,
)
from hummingbot.connector.exchange.peatio.config import ExchangeAddress
from hummingbot.core.web_assistant.connections.data_types import RESTMethod
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory

Query = Mapping[str, str] | Sequence[tuple[str, str]]

# An HTTP proxy says so without passing the request on.
PROXY_LOGIN_REQUIRED = 407

_logger = logging.getLogger(__name__)


class RestClient:
    """The calls a trading bot makes.

    Every method raises `RequestError` (its subclass tells what happened) when there is no successful answer,
    and `MessageError` when the answer is not what Peatio sends.

    :param factory: Hummingbot's web assistants, with a `PeatioAuth` for the private calls
    :param remeasure_clock: awaited when the server calls a nonce expired or refuses a token; then the call is made
        once more
    :ivar failures: how many calls ended in each kind of error
    :param dialect: in which creates are written
    :ivar dialect: changes when an exchange turns out to take orders in another one
    """

    def __init__(
        self,
        factory: WebAssistantsFactory,
        address: ExchangeAddress,
        remeasure_clock: Callable[[], Awaitable[None]],
        timeout_s: float | None = None,
        dialect: Dialect = AUTO,
    ) -> None:
        self.dialect = dialect
        self._factory = factory
        self._address = address
        self._remeasure_clock = remeasure_clock
        self._timeout_s = CONSTANTS.REQUEST_TIMEOUT_S if timeout_s is None else timeout_s
        self.failures: Counter[type[RequestError]] = Counter()
        self._is_closed = False
        self._order_search = asyncio.Lock()
        self._next_order_search_s = 0.0

    def close(self) -> None:
        """No private request leaves any more; each raises `NotSentError`."""
        self._is_closed = True

    def open(self) -> None:
        """Private requests leave again after `close`."""
        self._is_closed = False

    async def version(self) -> str:
        """The server's version, e.g. "3.1.0"."""
        answer = await self.get(CONSTANTS.VERSION_PATH)
        return str(_object(answer, CONSTANTS.VERSION_PATH).get("version", "unknown"))

    async def timestamp(self) -> Any:
        """The server's time as it says it; good as a sign of life."""
        return await self.get(CONSTANTS.TIMESTAMP_PATH)

    async def markets(self) -> list[Any]:
        """All rows of public/markets, unparsed: one bad row must not hide the others."""
        return await self._pages(CONSTANTS.MARKETS_PATH)

    async def last_prices(self) -> dict[str, Decimal]:
        """Market symbol → price of the last trade, for the markets that ever traded."""
        return {market: ticker.last for market, ticker in (await self.tickers()).items() if ticker.last > ZERO}

    async def tickers(self) -> dict[str, Ticker]:
        """Market symbol → its last 24 hours; the exchange's own cache is 5 to 60 s old."""
        return parse_tickers(await self.get(CONSTANTS.TICKERS_PATH))

    async def candles(
        self,
        market: str,
        period_min: int,
        time_from_s: int | None = None,
        time_to_s: int | None = None,
        limit: int | None = None,
    ) -> list[Candle]:
        """Candles that begin in a span of epoch seconds, oldest first.

        With both bounds there is no limit; with one alone `limit` candles from or up to there.
        """
        query = {"period": period_min, "time_from": time_from_s, "time_to": time_to_s, "limit": limit}
        path = CONSTANTS.K_LINE_PATH.format(market=market)
        return parse_candles(
            await self.get(path, {name: str(value) for name, value in query.items() if value is not None})
        )

    async def depth(self, market: str) -> dict[str, Any]:
        """`{timestamp, asks, bids}` from the exchange's database: no sequence, not the engine's book."""
        answer = await self.get(CONSTANTS.DEPTH_PATH.format(market=market), {"limit": str(CONSTANTS.DEPTH_LIMIT)})
        return _object(answer, "depth")

    async def newest_trade(self, market: str) -> PublicTrade | None:
        """The market's last trade, whoever made it; None where there never was one."""
        path = CONSTANTS.PUBLIC_TRADES_PATH.format(market=market)
        rows = _list(await self.get(path, {"limit": "1"}), path)
        return parse_public_trade(rows[0]) if rows else None

    async def trading_fees(self) -> list[FeeRow]:
        return [parse_fee_row(row) for row in await self._pages(CONSTANTS.TRADING_FEES_PATH)]

    async def member_group(self) -> str | None:
        """The fee group of the key's owner (3.1 only; earlier servers answer 404); None where it is not told."""
        answer = await self.get(CONSTANTS.MEMBER_PATH, is_private=True)
        group = _object(answer, CONSTANTS.MEMBER_PATH).get("group")
        return str(group) if group else None

    async def balances(self) -> list[Balance]:
        rows = await self._pages(CONSTANTS.BALANCES_PATH, is_private=True)
        return [parse_balance(row) for row in rows]

    async def create_order(
        self, market: str, is_buy: bool, volume: Decimal, price: Decimal | None, is_maker_only: bool = False
    ) -> OrderReport:
        """Asks for a limit order, or for a market order where `price` is None.

        The answer is no acceptance: the order comes back `pending` (docs/protocol.md section 4.1).

        :param is_maker_only: whether the exchange is to see to it that the order takes nothing, where it can
        """
        asked_in = self.dialect
        try:
            return await self._create(market, is_buy, volume, price, is_maker_only)
        except NoRouteError:
            if not await self._finds_orders(asked_in):
                raise
            return await self._create(market, is_buy, volume, price, is_maker_only)

    async def _create(
        self, market: str, is_buy: bool, volume: Decimal, price: Decimal | None, is_maker_only: bool
    ) -> OrderReport:
        body = self.dialect.create_body(market, is_buy, volume, price, is_maker_only)
        return parse_order(await self._call(RESTMethod.POST, CONSTANTS.ORDERS_PATH, body=body, is_private=True))

    async def ask_for_no_order(self) -> None:
        """Asks for an order that cannot be, of nothing on no market, to learn whether orders are taken.

        :raises AuthError: when this login may not place orders
        :raises NoRouteError: when nobody takes orders there
        :raises RequestError, MessageError: when the exchange does not tell
        """
        try:
            order = await self.create_order(CONSTANTS.NO_MARKET, is_buy=True, volume=Decimal(0), price=Decimal(0))
        except (AuthError, NoRouteError):
            raise
        except RefusedError as error:
            if not error.codes:
                raise  # any web server says no; who takes orders says why
            return
        await self.cancel_order(order.order_id)

    async def cancel_order(self, order_id: str) -> OrderReport:
        """Asks for a cancel; answers the order as it was *before* (section 4.5)."""
        return parse_order(await self._cancel(lambda dialect: dialect.cancel_path.format(order_id=order_id), {}))

    async def cancel_orders(self, market: str, is_buy: bool) -> list[OrderReport]:
        """Asks for a cancel of every order in `wait` on one side of a market, whoever placed it; answers them as they
        were before."""
        body = {"market": market, "side": "buy" if is_buy else "sell"}
        answer = await self._cancel(lambda dialect: CONSTANTS.CANCEL_ALL_PATH, body)
        return [parse_order(row) for row in _list(answer, CONSTANTS.CANCEL_ALL_PATH)]

    async def _cancel(self, path_of: Callable[[Dialect], str], body: Mapping[str, str]) -> Any:
        asked_in = self.dialect
        try:
            return await self._call(RESTMethod.POST, path_of(asked_in), body=body, is_private=True)
        except NoRouteError:
            if not await self._finds_orders(asked_in):
                raise
            return await self._call(RESTMethod.POST, path_of(self.dialect), body=body, is_private=True)

    async def _finds_orders(self, asked_in: Dialect) -> bool:
        """Whether orders turn out to be taken elsewhere than `asked_in` says; from then on they go there.

        Asked when nobody took one here, so nothing has happened yet.
        """
        async with self._order_search:
            # Another request may have found it while this one waited.
            is_search_due = time.monotonic() >= self._next_order_search_s
            if self.dialect is asked_in and asked_in.is_searched and is_search_due:
                for dialect in dialects_with_own_orders():
                    if await self._takes_orders(dialect):
                        break
            return self.dialect is not asked_in

    async def _takes_orders(self, dialect: Dialect) -> bool:
        address = replace(self._address, orders=f"{self._address.site}{dialect.order_prefix}")
        there = RestClient(self._factory, address, self._remeasure_clock, self._timeout_s, dialect)
        try:
            await there.ask_for_no_order()
        except NoRouteError:
            # Not for good: a gateway that starts anew serves nothing for a moment.
            self._next_order_search_s = time.monotonic() + CONSTANTS.ORDER_SEARCH_INTERVAL_S
            return False
        except PeatioError as error:
            _logger.warning(f"Whether orders are taken below {dialect.order_prefix} could not be found out: {error}")
            return False
        self._address, self.dialect = address, dialect
        _logger.info(
            f"{address.site} takes orders below {dialect.order_prefix}, as {dialect.name} does; they go there from "
            f"now on. `dialect: {dialect.name}` in conf/peatio.yml spares the search at each start."
        )
        return True

    async def order(self, order_id: str) -> OrderReport:
        """The order with its trades, the second side of self-trades included.

        :raises NotFoundError: when there is none of that id, or it is not ours
        """
        return parse_order(await self.get(CONSTANTS.ORDER_PATH.format(order_id=order_id), is_private=True))

    async def open_orders(self) -> list[OrderReport]:
        """All our orders in `pending` or `wait`, on all markets.

        Pages are sorted by `updated_at` in whole seconds and can shift meanwhile: an order missing from more than
        one page is not gone (section 3). Each order is returned once.
        """
        states = [("state[]", state.value) for state in (ReportedState.PENDING, ReportedState.WAIT)]
        rows = await self._pages(CONSTANTS.ORDERS_PATH, states, is_private=True)
        return list({order.order_id: order for order in map(parse_order, rows)}.values())

    async def orders_of(self, market: str, is_buy: bool, time_from_s: int) -> list[OrderReport]:
        """One page of our orders of every state on one side of a market, created since `time_from_s` (epoch seconds).

        Narrow enough for one page: pages shift, so absence from several would prove nothing.
        """
        query = [
            ("market", market),
            ("type", "buy" if is_buy else "sell"),
            ("time_from", str(time_from_s)),
            ("limit", str(CONSTANTS.PAGE_LIMIT)),
        ]
        answer = await self.get(CONSTANTS.ORDERS_PATH, query, is_private=True)
        return [parse_order(row) for row in _list(answer, CONSTANTS.ORDERS_PATH)]

    async def trades(self, time_from_s: int, market: str | None = None) -> list[TradeReport]:
        """Our trades since `time_from_s` (epoch seconds), with the fees as charged. Self-trades appear once."""
        query = [("time_from", str(time_from_s))]
        if market is not None:
            query.append(("market", market))
        return [parse_trade(row) for row in await self._pages(CONSTANTS.TRADES_PATH, query, is_private=True)]

    async def get(self, path: str, query: Query = (), is_private: bool = False) -> Any:
        """The decoded answer to one GET."""
        return await self._call(RESTMethod.GET, path, query=query, is_private=is_private)

    async def _pages(self, path: str, query: Sequence[tuple[str, str]] = (), is_private: bool = False) -> list[Any]:
        """The rows of all pages. The last page is the first that is not full: not every list tells its total."""
        rows: list[Any] = []
        for page in range(1, CONSTANTS.MAX_PAGES + 1):
            paging = [("limit", str(CONSTANTS.PAGE_LIMIT)), ("page", str(page))]
            answer = await self.get(path, [*query, *paging], is_private)
            rows.extend(_list(answer, path))
            if len(answer) < CONSTANTS.PAGE_LIMIT:
                return rows
        raise MessageError(f"GET {path} did not end after {CONSTANTS.MAX_PAGES} full pages")

    async def _call(
        self,
        method: RESTMethod,
        path: str,
        query: Query = (),
        body: Mapping[str, str] | None = None,
        is_private: bool = False,
    ) -> Any:
        try:
            return await self._counted_call(method, path, query, body, is_private)
        except (NonceError, TokenError):
            # It was turned away before anything happened, so once more is safe, creates included.
            await self._remeasure_clock()
            return await self._counted_call(method, path, query, body, is_private)

    async def _counted_call(
        self, method: RESTMethod, path: str, query: Query, body: Mapping[str, str] | None, is_private: bool
    ) -> Any:
        try:
            return await self._call_once(method, path, query, body, is_private)
        except RequestError as error:
            self.failures[type(error)] += 1
            raise

    async def _call_once(
        self, method: RESTMethod, path: str, query: Query, body: Mapping[str, str] | None, is_private: bool
    ) -> Any:
        request = f"{method.name} {path}"
        if is_private and self._is_closed:
            raise NotSentError(f"{request}: not sent, the connector was stopped")
        try:
            status, headers, text = await self._exchange_bytes(method, path, query, body, is_private)
        except NotSentError:
            raise  # our own limit kept it back
        except aiohttp.ClientProxyConnectionError as error:
            raise ProxyError(f"{request}: no connection to the proxy ({error.os_error})") from error
        except aiohttp.ClientHttpProxyError as error:
            raise ProxyError(f"{request}: the proxy refused with HTTP {error.status}") from error
        except aiohttp.ClientConnectorError as error:
            raise NotSentError(f"{request}: no connection to {self._address.site} ({error.os_error})") from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            what = "no answer in time" if isinstance(error, asyncio.TimeoutError) else type(error).__name__
            raise NoAnswerError(f"{request}: {what} from {self._address.site}") from error
        if status == PROXY_LOGIN_REQUIRED:
            raise ProxyError(f"{request}: the proxy refused with HTTP {status}")
        if status >= 400:
            raise error_from_answer(request, status, headers, text)
        try:
            return decode(text)
        except ValueError as error:
            raise ServerError(request, status, detail=f"not JSON: {text[:80]!r}") from error

    async def _exchange_bytes(
        self, method: RESTMethod, path: str, query: Query, body: Mapping[str, str] | None, is_private: bool
    ) -> tuple[int, Mapping[str, str], str]:
        assistant = await self._factory.get_rest_assistant()
        response = await assistant.execute_request_and_get_response(
            url=self._address.rest_url(path),
            throttler_limit_id=_limit_id(method, path),
            params=query or None,
            data=(body or {}) if method is RESTMethod.POST else None,
            method=method,
            is_auth_required=is_private,
            return_err=True,
            timeout=self._timeout_s,
        )
        try:
            text = await asyncio.wait_for(response.text(), self._timeout_s)
        except UnicodeDecodeError:
            text = ""
        return response.status, response.headers or {}, text


def _limit_id(method: RESTMethod, path: str) -> str:
    if method is not RESTMethod.POST:
        return CONSTANTS.REST_LIMIT_ID
    return CONSTANTS.CANCEL_LIMIT_ID if "/cancel" in path else CONSTANTS.CREATE_LIMIT_ID


def _object(answer: Any, path: str) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise MessageError(f"GET {path} answers an object, not {answer!r:.80}")
    return answer


def _list(answer: Any, path: str) -> list[Any]:
    if not isinstance(answer, list):
        raise MessageError(f"GET {path} answers a list, not {answer!r:.80}")
    return answer
