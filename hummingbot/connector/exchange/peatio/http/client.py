"""Peatio's REST API: one coroutine for each endpoint. Paging is done here, and every failure is a `PeatioError`."""

import asyncio
import logging
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.balance_messages import AccountBalances, parse_balance
from hummingbot.connector.exchange.peatio.common.dialects import AUTO, DIALECTS, Dialect
from hummingbot.connector.exchange.peatio.common.errors import (
    AuthError,
    MessageError,
    NoRouteError,
    PeatioError,
    RefusedError,
    RequestError,
)
from hummingbot.connector.exchange.peatio.common.fields import as_list, as_object
from hummingbot.connector.exchange.peatio.common.market_data import (
    Candle,
    Ticker,
    candles_of,
    parse_candle,
    parse_ticker,
)
from hummingbot.connector.exchange.peatio.common.messages import (
    ZERO,
    FeeRow,
    OrderReport,
    PublicTrade,
    ReportedState,
    TradeReport,
    parse_fee_row,
    parse_order,
    parse_public_trade,
    parse_trade,
)
from hummingbot.connector.exchange.peatio.config import ExchangeAddress
from hummingbot.connector.exchange.peatio.http.rows import Rows
from hummingbot.connector.exchange.peatio.http.sender import Query, Request, RequestSender
from hummingbot.core.web_assistant.connections.data_types import RESTMethod
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory

_logger = logging.getLogger(__name__)


class RestClient:
    """The calls that a trading bot makes.

    Every method raises `RequestError` when there is no successful answer (the subclass says what happened), and
    `MessageError` when Peatio would not send such an answer.

    :param factory: Hummingbot's web assistants, with a `PeatioLogin` for the private calls
    :param remeasure_clock: awaited when the server refuses a nonce or a token; the call is then repeated once. None
        where nothing is signed
    :param timeout_s: how long an answer may take; None is `REQUEST_TIMEOUT_S`
    :param dialect: the dialect of the first order request
    :ivar dialect: the current one; changes when the exchange takes orders in another dialect
    """

    def __init__(
        self,
        factory: WebAssistantsFactory,
        address: ExchangeAddress,
        remeasure_clock: Callable[[], Awaitable[None]] | None,
        timeout_s: float | None = None,
        dialect: Dialect = AUTO,
    ) -> None:
        self.dialect = dialect
        self._factory = factory
        self._remeasure_clock = remeasure_clock
        self._timeout_s = CONSTANTS.REQUEST_TIMEOUT_S if timeout_s is None else timeout_s
        self._sender = RequestSender(factory, address, remeasure_clock, self._timeout_s)
        self._rows = Rows(_logger)
        self._order_search = asyncio.Lock()
        self._next_order_search_s = 0.0

    @property
    def failures(self) -> Counter[type[RequestError]]:
        """How many calls ended in each kind of error."""
        return self._sender.failures

    @property
    def is_closed(self) -> bool:
        """While True no private request leaves; each raises `NotSentError`."""
        return self._sender.is_closed

    @is_closed.setter
    def is_closed(self, is_closed: bool) -> None:
        self._sender.is_closed = is_closed

    async def version(self) -> str:
        """The server's version, e.g. "3.1.0"."""
        answer = await self.get(CONSTANTS.VERSION_PATH)
        return str(as_object(answer, f"response of GET {CONSTANTS.VERSION_PATH}").get("version", "unknown"))[:80]

    async def timestamp(self) -> Any:
        """The server's time, unparsed: for the network check, so it does not wait for the request limit."""
        return await self.get(CONSTANTS.TIMESTAMP_PATH, limit_id=CONSTANTS.CHECK_LIMIT_ID)

    async def markets(self) -> list[Any]:
        """All rows of public/markets, unparsed, so that one unreadable row does not hide the others."""
        return await self._pages(CONSTANTS.MARKETS_PATH)

    async def last_prices(self) -> dict[str, Decimal]:
        """Market symbol → price of the last trade, for markets with at least one trade."""
        return {market: ticker.last for market, ticker in (await self.tickers()).items() if ticker.last > ZERO}

    async def tickers(self) -> dict[str, Ticker]:
        """Market symbol → figures of the last 24 hours; the exchange caches them for 5 to 60 s."""
        path = CONSTANTS.TICKERS_PATH
        answer = as_object(await self.get(path), f"response of GET {path}")
        return dict(self._rows.read(parse_ticker, answer.items(), path))

    async def candles(
        self,
        market: str,
        period_min: int,
        time_from_s: int | None = None,
        time_to_s: int | None = None,
        limit: int | None = None,
    ) -> list[Candle]:
        """Candles that begin between two times (epoch seconds), oldest first.

        With both bounds `limit` has no effect; with one bound, at most `limit` candles from or up to it. A candle out
        of bounds is dropped: the gaps up to it would be filled.
        """
        query = {"period": period_min, "time_from": time_from_s, "time_to": time_to_s, "limit": limit}
        path = CONSTANTS.K_LINE_PATH.format(market=market)
        rows = await self._list(path, {name: str(value) for name, value in query.items() if value is not None})
        candles = candles_of(self._rows.read(parse_candle, rows, path))
        earliest_s, latest_s = time_from_s or 0, math.inf if time_to_s is None else time_to_s
        return [candle for candle in candles if earliest_s <= candle.start_s <= latest_s]

    async def depth(self, market: str) -> dict[str, Any]:
        """`{timestamp, asks, bids}` from the exchange's database: without a sequence, not the engine's book."""
        answer = await self.get(CONSTANTS.DEPTH_PATH.format(market=market), {"limit": str(CONSTANTS.DEPTH_LIMIT)})
        return as_object(answer, "depth")

    async def newest_trade(self, market: str) -> PublicTrade | None:
        """The market's last trade by anybody; None for a market without trades."""
        path = CONSTANTS.PUBLIC_TRADES_PATH.format(market=market)
        rows = await self._list(path, {"limit": "1"})
        return parse_public_trade(rows[0]) if rows else None

    async def trading_fees(self) -> list[FeeRow]:
        """The exchange's fee table; rates are fractions."""
        path = CONSTANTS.TRADING_FEES_PATH
        rows = await self._pages(path)
        found = self._rows.read(parse_fee_row, rows, path)
        # A row without a readable key may be the one for all; `fee_rates_for` prefers a readable one.
        return found if len(found) == len(rows) else [FeeRow("any", "any", None), *found]

    async def member_group(self) -> str | None:
        """The fee group of the key's owner (3.1 only; earlier servers answer 404); None without one in the answer."""
        return await self._member("group")

    async def member_uid(self) -> str | None:
        """The user id of the key's owner, as `member_group`."""
        return await self._member("uid")

    async def _member(self, field_name: str) -> str | None:
        answer = await self.get(CONSTANTS.MEMBER_PATH, is_private=True)
        value = as_object(answer, f"response of GET {CONSTANTS.MEMBER_PATH}").get(field_name)
        return str(value) if value else None

    async def balances(self) -> AccountBalances:
        """All balances of the account, in units of each currency; zero rows included."""
        path = CONSTANTS.BALANCES_PATH
        rows = await self._pages(path, is_private=True)
        found = self._rows.read(parse_balance, rows, path)
        return AccountBalances(tuple(found), is_complete=len(found) == len(rows))

    async def create_order(
        self, market: str, is_buy: bool, volume: Decimal, price: Decimal | None, is_maker_only: bool = False
    ) -> OrderReport:
        """Places a limit order, or a market order when `price` is None.

        A successful answer does not mean acceptance: the order is `pending` (docs/protocol.md section 4.1).

        :param is_maker_only: asks the exchange to refuse the order if it would take liquidity, where the dialect can
        """
        return await self._create(CONSTANTS.CREATE_LIMIT_ID, market, is_buy, volume, price, is_maker_only)

    async def ask_for_no_order(self) -> None:
        """Asks for an impossible order (no amount, no such market) to learn whether orders are taken.

        :raises AuthError: when this login may not place orders
        :raises NoRouteError: when no service takes orders under that path
        :raises RequestError, MessageError: when the answer does not show it
        """
        try:
            # Not a create for limits and `CreateGate`: it cannot create an order, and a cancel may wait for it.
            order = await self._create(CONSTANTS.LOOKUP_LIMIT_ID, CONSTANTS.NO_MARKET, True, ZERO, ZERO)
        except (AuthError, NoRouteError):
            raise
        except RefusedError as error:
            if not error.codes:
                raise  # any web server can refuse; one that takes orders gives a code
            return
        await self.cancel_order(order.order_id)

    async def cancel_order(self, order_id: str) -> OrderReport:
        """Requests a cancel; returns the order as it was *before* (section 4.5)."""
        return parse_order(
            await self._post_order(
                CONSTANTS.CANCEL_LIMIT_ID, lambda dialect: (dialect.cancel_path.format(order_id=order_id), {})
            )
        )

    async def cancel_orders(self, market: str, is_buy: bool) -> list[OrderReport]:
        """Requests a cancel of every order in `wait` on one side of a market, also of orders that this bot did not
        place; returns them as they were before."""
        path, body = CONSTANTS.CANCEL_ALL_PATH, {"market": market, "side": "buy" if is_buy else "sell"}
        answer = await self._post_order(CONSTANTS.CANCEL_LIMIT_ID, lambda dialect: (path, body))
        return self._rows.read(parse_order, as_list(answer, f"response of POST {path}"), path)

    async def _create(
        self,
        limit_id: str,
        market: str,
        is_buy: bool,
        volume: Decimal,
        price: Decimal | None,
        is_maker_only: bool = False,
    ) -> OrderReport:
        def path_and_body(dialect: Dialect) -> tuple[str, Mapping[str, str]]:
            return CONSTANTS.ORDERS_PATH, dialect.create_body(market, is_buy, volume, price, is_maker_only)

        return parse_order(await self._post_order(limit_id, path_and_body))

    async def _post_order(
        self, limit_id: str, path_and_body: Callable[[Dialect], tuple[str, Mapping[str, str]]]
    ) -> Any:
        """Sends an order request in the current dialect; once more if the exchange takes orders in another one."""
        while True:
            dialect = self.dialect
            path, body = path_and_body(dialect)
            try:
                return await self._sender.call(Request(RESTMethod.POST, path, limit_id, is_private=True, body=body))
            except NoRouteError:
                if not await self._has_found_other_dialect(dialect):
                    raise

    async def _has_found_other_dialect(self, tried: Dialect) -> bool:
        """Whether the exchange takes orders in another dialect than `tried`, which is then used from now on.

        Called after a NoRouteError: no service has seen the order request yet.
        """
        async with self._order_search:
            # Another request may have found the dialect while this one waited.
            is_search_due = time.monotonic() >= self._next_order_search_s
            if self.dialect is tried and tried.is_searched and is_search_due:
                for dialect in DIALECTS.values():
                    if dialect.order_prefix and await self._takes_orders(dialect):
                        break
            return self.dialect is not tried

    async def _takes_orders(self, dialect: Dialect) -> bool:
        address = replace(self._sender.address, orders=f"{self._sender.address.site}{dialect.order_prefix}")
        client = RestClient(self._factory, address, self._remeasure_clock, self._timeout_s, dialect)
        try:
            await client.ask_for_no_order()
        except NoRouteError:
            # Searched again later: a gateway that restarts has no routes for a moment.
            self._next_order_search_s = time.monotonic() + CONSTANTS.ORDER_SEARCH_INTERVAL_S
            return False
        except PeatioError as error:
            _logger.warning(f"Could not find out whether orders are taken under {dialect.order_prefix}: {error}")
            return False
        self._sender.address, self.dialect = address, dialect
        _logger.info(
            f"{address.site} takes orders under {dialect.order_prefix} (dialect {dialect.name}). Orders are sent there "
            f"from now on. Set `dialect: {dialect.name}` in conf/peatio.yml to skip this search at each start."
        )
        return True

    async def order(self, order_id: str, is_for_cancel: bool = False) -> OrderReport:
        """The order with its trades, the second side of self-trades included.

        :param is_for_cancel: whether a cancel waits for the answer; it then counts as a cancel in the request limit
        :raises NotFoundError: when there is no order with that id, or it belongs to another account
        """
        limit_id = CONSTANTS.CANCEL_LIMIT_ID if is_for_cancel else CONSTANTS.REST_LIMIT_ID
        return parse_order(await self.get(CONSTANTS.ORDER_PATH.format(order_id=order_id), (), True, limit_id))

    async def open_orders(self) -> list[OrderReport]:
        """All our orders in `pending` or `wait`, on all markets.

        Pages are sorted by `updated_at` in whole seconds and can shift between requests: when there is more than one
        page, a missing order may still be open (section 3). Each order is returned once.
        """
        states = [("state[]", state.value) for state in (ReportedState.PENDING, ReportedState.WAIT)]
        rows = await self._pages(CONSTANTS.ORDERS_PATH, states, is_private=True)
        orders = self._rows.read(parse_order, rows, CONSTANTS.ORDERS_PATH)
        return list({order.order_id: order for order in orders}.values())

    async def orders_of(self, market: str, is_buy: bool, time_from_s: int) -> list[OrderReport]:
        """One page of our orders in any state on one side of a market, created since `time_from_s` (epoch seconds).

        One page only: pages shift, so absence from several pages would prove nothing.
        """
        query = [
            ("market", market),
            ("type", "buy" if is_buy else "sell"),
            ("time_from", str(time_from_s)),
            ("limit", str(CONSTANTS.PAGE_LIMIT)),
        ]
        # An order that is looked for may be live, and its cancel waits for the answer.
        rows = await self._list(CONSTANTS.ORDERS_PATH, query, True, CONSTANTS.LOOKUP_LIMIT_ID)
        return self._rows.read(parse_order, rows, CONSTANTS.ORDERS_PATH)

    async def trades(self, time_from_s: int, market: str | None = None) -> list[TradeReport]:
        """Our trades since `time_from_s` (epoch seconds), with the fees that were charged. Self-trades appear once."""
        query = [("time_from", str(time_from_s))]
        if market is not None:
            query.append(("market", market))
        rows = await self._pages(CONSTANTS.TRADES_PATH, query, is_private=True)
        return self._rows.read(parse_trade, rows, CONSTANTS.TRADES_PATH)

    async def get(
        self, path: str, query: Query = (), is_private: bool = False, limit_id: str | None = None
    ) -> Any:
        """The decoded answer to one GET.

        :param limit_id: None is the one for private or public queries
        """
        usual_id = CONSTANTS.REST_LIMIT_ID if is_private else CONSTANTS.PUBLIC_LIMIT_ID
        return await self._sender.call(Request(RESTMethod.GET, path, limit_id or usual_id, is_private, query))

    async def _list(
        self, path: str, query: Query = (), is_private: bool = False, limit_id: str | None = None
    ) -> list[Any]:
        return as_list(await self.get(path, query, is_private, limit_id), f"response of GET {path}")

    async def _pages(self, path: str, query: Sequence[tuple[str, str]] = (), is_private: bool = False) -> list[Any]:
        """The rows of all pages. The first page that is not full is the last: not every list has a total."""
        rows: list[Any] = []
        for page in range(1, CONSTANTS.MAX_PAGES + 1):
            paging = [("limit", str(CONSTANTS.PAGE_LIMIT)), ("page", str(page))]
            answer = await self._list(path, [*query, *paging], is_private)
            rows.extend(answer)
            if len(answer) < CONSTANTS.PAGE_LIMIT:
                return rows
        raise MessageError(f"GET {path} did not end after {CONSTANTS.MAX_PAGES} full pages")
