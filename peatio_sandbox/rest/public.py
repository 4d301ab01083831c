"""The public endpoints: no key, no member (docs/protocol.md section 3)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from peatio_sandbox.exchange.clock import iso_offset
from peatio_sandbox.exchange.decimals import decimal_text
from peatio_sandbox.exchange.exchange import Exchange
from peatio_sandbox.exchange.market import Market, Side
from peatio_sandbox.exchange.market_data import PERIODS, Statistics
from peatio_sandbox.exchange.presentation import (
    currency_body,
    market_body,
    order_body,
    public_trade_body,
    trading_fee_body,
)
from peatio_sandbox.exchange.records import OrderRecord
from peatio_sandbox.rest.common import Routes, answer
from peatio_sandbox.rest.paging import read_page
from peatio_sandbox.rest.validation import ApiError, Params, read_params

VERSION_BODY = {
    "git_sha": "36895e2",
    "git_tag": "3.1.0",
    "build_date": "2021-07-04T11:43:58Z",
    "version": "3.1.0",
}
_NO_MARKET = "public.market.doesnt_exist"


class PublicEndpoints:
    """Handlers of ``/public/…``."""

    def __init__(self, exchange: Exchange, statistics: Statistics) -> None:
        self._exchange = exchange
        self._statistics = statistics
        self._tickers: dict[str, dict[str, Any]] = {}
        self._tickers_at_s = float("-inf")

    def add_to(self, routes: Routes) -> None:
        """Register every endpoint."""
        routes.get("/public/timestamp", self.timestamp)
        routes.get("/public/version", self.version)
        routes.get("/public/health/alive", self.health)
        routes.get("/public/health/ready", self.health)
        routes.get("/public/markets", self.markets)
        routes.get("/public/markets/tickers", self.tickers)
        routes.get("/public/markets/{market}/tickers", self.ticker)
        routes.get("/public/markets/{market}/depth", self.depth)
        routes.get("/public/markets/{market}/order-book", self.order_book)
        routes.get("/public/markets/{market}/trades", self.trades)
        routes.get("/public/markets/{market}/k-line", self.k_line)
        routes.get("/public/currencies", self.currencies)
        routes.get("/public/currencies/{id}", self.currency)
        routes.get("/public/trading_fees", self.trading_fees)
        routes.get("/public/withdraw_limits", self.withdraw_limits)
        routes.get("/public/member-levels", self.member_levels)
        routes.get("/public/config", self.config)

    async def timestamp(self, _request: web.Request) -> web.Response:
        """Return the exchange's time as a JSON string."""
        return answer(iso_offset(self._exchange.clock.now_s()))

    async def version(self, _request: web.Request) -> web.Response:
        """Return the version of Peatio that the sandbox stands in for."""
        return answer(VERSION_BODY)

    async def health(self, _request: web.Request) -> web.Response:
        """Return 200, as a body too."""
        return answer(200)

    async def markets(self, request: web.Request) -> web.Response:
        """List the active markets, by position."""
        params = await read_params(request)
        codes = {currency.code for currency in self._exchange.config.currencies}
        page = read_page(params)
        ordering = params.choice("ordering", ("asc", "desc"), "public.markets.invalid_ordering")
        order_by = params.choice("order_by", ("id", "position"), "public.markets.invalid_order_by")
        base = params.choice("base_unit", codes, "public.markets.base_unit_doesnt_exist")
        quote = params.choice("quote_unit", codes, "public.markets.quote_unit_doesnt_exist")
        params.finish()
        markets = [m for m in self._exchange.active_markets() if base in (None, m.base) and quote in (None, m.quote)]
        if order_by == "id":
            markets.sort(key=lambda market: market.symbol)
        if ordering == "desc":
            markets.reverse()
        return answer(page.cut([market_body(m) for m in markets]), headers=page.headers(len(markets)))

    async def tickers(self, _request: web.Request) -> web.Response:
        """Return all tickers, from a cache."""
        now_s = self._exchange.clock.now_s()
        if not 0 <= now_s - self._tickers_at_s < self._exchange.config.tickers_cached_s:
            self._tickers_at_s, self._tickers = now_s, self.all_tickers()
        at = str(int(self._tickers_at_s))
        return answer({symbol: {"at": at, "ticker": {"at": at, **t}} for symbol, t in self._tickers.items()})

    def all_tickers(self) -> dict[str, dict[str, Any]]:
        """Return the figures of every active market."""
        now_s = self._exchange.clock.now_s()
        return {m.symbol: self._statistics.ticker(m.symbol, now_s) for m in self._exchange.active_markets()}

    async def ticker(self, request: web.Request) -> web.Response:
        """Return one ticker; here, unlike in the list, the inner ``at`` is null and ``vol`` repeats ``volume``."""
        market = self._market(await read_params(request))
        now_s = self._exchange.clock.now_s()
        figures = self._statistics.ticker(market.symbol, now_s)
        return answer({"at": str(int(now_s)), "ticker": {**figures, "vol": figures["volume"], "at": None}})

    async def depth(self, request: web.Request) -> web.Response:
        """Return the price levels of the orders in ``wait``: asks ascending, bids descending, no sequence."""
        params = await read_params(request)
        market = self._market(params, finish=False)
        limit = params.integer(
            "limit",
            300,
            non_integer="public.market_depth.non_integer_limit",
            invalid="public.market_depth.invalid_limit",
            low=1,
            high=1000,
        )
        params.finish()

        def side(name: Side) -> list[list[str]]:
            levels = self._exchange.store.depth(market, name)[:limit]
            return [[decimal_text(price), decimal_text(volume)] for price, volume in levels]

        return answer({"timestamp": int(self._exchange.clock.now_s()), "asks": side("sell"), "bids": side("buy")})

    async def order_book(self, request: web.Request) -> web.Response:
        """Return the best orders in ``wait`` of both sides, whoever's they are."""
        params = await read_params(request)
        market = self._market(params, finish=False)
        limits = {
            name: params.integer(
                f"{name}s_limit",
                20,
                non_integer=f"public.order_book.non_integer_{name}_limit",
                invalid=f"public.order_book.invalid_{name}_limit",
                low=1,
                high=200,
            )
            for name in ("ask", "bid")
        }
        params.finish()

        def rank(order: OrderRecord) -> tuple[object, int]:
            assert order.price is not None
            return (-order.price if order.side == "buy" else order.price, order.id)

        def side(name: Side, limit: int) -> list[dict[str, Any]]:
            orders = [o for o in self._exchange.store.waiting(market.symbol, name) if o.price is not None]
            return [order_body(order) for order in sorted(orders, key=rank)[:limit]]

        return answer({"asks": side("sell", limits["ask"]), "bids": side("buy", limits["bid"])})

    async def trades(self, request: web.Request) -> web.Response:
        """Return the latest trades, JSON numbers and epoch seconds."""
        params = await read_params(request)
        market = self._market(params, finish=False)
        limit = params.integer(
            "limit",
            100,
            non_integer="public.trade.non_integer_limit",
            invalid="public.trade.invalid_limit",
            low=1,
            high=1000,
        )
        # Peatio 3.1 checks these two and makes no use of them: the latest trades come first.
        params.epoch(
            "timestamp", non_integer="public.trade.non_integer_timestamp", empty="public.trade.empty_timestamp"
        )
        params.choice("order_by", ("asc", "desc"), "public.trade.invalid_order_by")
        params.finish()
        trades = self._exchange.store.public_trades(market.symbol)
        return answer([public_trade_body(trade) for trade in trades[: -limit - 1 : -1]])

    async def k_line(self, request: web.Request) -> web.Response:
        """Return candles, oldest first."""
        params = await read_params(request)
        market = self._market(params, finish=False)
        period = params.integer("period", 1, non_integer="public.k_line.non_integer_period", invalid=None)
        if period not in PERIODS:
            params.fail("public.k_line.invalid_period")
        time_from = params.epoch(
            "time_from", non_integer="public.k_line.non_integer_time_from", empty="public.k_line.empty_time_from"
        )
        time_to = params.epoch(
            "time_to", non_integer="public.k_line.non_integer_time_to", empty="public.k_line.empty_time_to"
        )
        limit = params.integer(
            "limit",
            30,
            non_integer="public.k_line.non_integer_limit",
            invalid="public.k_line.invalid_limit",
            low=1,
            high=10_000,
        )
        params.finish()
        now_s = self._exchange.clock.now_s()
        return answer(self._statistics.candles(market.symbol, period, now_s, time_from, time_to, limit))

    async def currencies(self, request: web.Request) -> web.Response:
        """List the currencies by position."""
        params = await read_params(request)
        page = read_page(params)
        params.finish()
        rows = self._currency_rows()
        return answer(page.cut(rows), headers=page.headers(len(rows)))

    async def currency(self, request: web.Request) -> web.Response:
        """Return one currency; unlike elsewhere its code may be in capitals."""
        code = request.match_info["id"].lower()
        for row in self._currency_rows():
            if row["id"] == code:
                return answer(row)
        raise ApiError(422, "public.currency.doesnt_exist")

    async def trading_fees(self, request: web.Request) -> web.Response:
        """List the fee rows."""
        params = await read_params(request)
        page = read_page(params)
        params.finish()
        rows = self._fee_rows()
        return answer(page.cut(rows), headers=page.headers(len(rows)))

    async def withdraw_limits(self, request: web.Request) -> web.Response:
        """List the withdrawal limits (one row; nobody withdraws here)."""
        params = await read_params(request)
        page = read_page(params)
        params.finish()
        rows = self._withdraw_limit_rows()
        return answer(page.cut(rows), headers=page.headers(len(rows)))

    async def member_levels(self, _request: web.Request) -> web.Response:
        """Return the verification levels that depositing, withdrawing and trading need."""
        level = self._exchange.config.minimum_level_for_trading
        return answer({name: {"minimum_level": level} for name in ("deposit", "withdraw", "trading")})

    async def config(self, _request: web.Request) -> web.Response:
        """Return currencies, fees, markets and limits at once (Peatio 3.1)."""
        return answer(
            {
                "currencies": sorted(self._currency_rows(), key=lambda row: str(row["id"])),
                "trading_fees": self._fee_rows(),
                "markets": [market_body(market) for market in self._exchange.active_markets()],
                "withdraw_limits": self._withdraw_limit_rows(),
            }
        )

    def _market(self, params: Params, *, finish: bool = True) -> Market:
        market = self._exchange.active_market(params.raw("market"))
        if market is None:
            params.fail(_NO_MARKET)
            params.finish()
        elif finish:
            params.finish()
        assert market is not None
        return market

    def _currency_rows(self) -> list[dict[str, Any]]:
        return [currency_body(c, position) for position, c in enumerate(self._exchange.config.currencies, start=1)]

    def _fee_rows(self) -> list[dict[str, Any]]:
        fees, started_s = self._exchange.trading_fees, self._exchange.started_s
        return [trading_fee_body(fee, row_id, started_s) for row_id, fee in enumerate(fees, start=1)]

    def _withdraw_limit_rows(self) -> list[dict[str, Any]]:
        created_at = iso_offset(self._exchange.started_s).replace("+00:00", "Z")
        return [
            {
                "id": 1,
                "group": "any",
                "kyc_level": "any",
                "limit_24_hour": "100.0",
                "limit_1_month": "1000.0",
                "created_at": created_at,
                "updated_at": created_at,
            }
        ]
