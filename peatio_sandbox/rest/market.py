"""The market endpoints: a member's orders and trades (docs/protocol.md sections 3 and 4)."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from aiohttp import web

from peatio_sandbox.exchange.exchange import Exchange, OrderRefusedError, OrderRequest
from peatio_sandbox.exchange.market import OrderType, Side
from peatio_sandbox.exchange.presentation import full_order_body, member_trade_body, order_body
from peatio_sandbox.exchange.records import ORDER_STATES, Member, OrderRecord, TradeRecord
from peatio_sandbox.rest.common import POST_ONLY, Routes, answer, member_of
from peatio_sandbox.rest.paging import Page
from peatio_sandbox.rest.validation import ApiError, Params, read_params

_ID = re.compile(r"[0-9]+")
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_NO_MARKET = "market.market.doesnt_exist"
#: The database's last representable second: a later bound (milliseconds, say) silently filters nothing.
_LAST_SECOND = 253_402_300_799


class MarketEndpoints:
    """Handlers of ``/market/…``; ``hand_on`` takes a stored order to the order processor or refuses to."""

    def __init__(self, exchange: Exchange, hand_on: Callable[[OrderRecord], None] | None = None) -> None:
        self._exchange = exchange
        self._hand_on = hand_on or exchange.hand_on
        self._store = exchange.store
        self._answer_delay = exchange.config.latencies.answer
        self._rng = random.Random(f"answers {exchange.config.seed}")

    def add_to(self, routes: Routes) -> None:
        """Register every endpoint."""
        routes.get("/market/orders", self.orders)
        routes.post("/market/orders", self.create)
        routes.post("/market/orders/cancel", self.cancel_all)
        routes.get("/market/orders/{id}", self.order)
        routes.post("/market/orders/{id}/cancel", self.cancel)
        routes.get("/market/trades", self.trades)

    def add_engine_cancel_to(self, routes: Routes) -> None:
        """Register the cancel as OpenFinex has it."""
        routes.post("/market/orders/cancel/{id}", self.cancel)

    async def create(self, request: web.Request) -> web.Response:
        """Create an order. The answer says ``pending`` whatever becomes of it."""
        params = await read_params(request)
        member = self._trading_member(request)
        try:
            asked = replace(self._read_order(params), post_only=request.get(POST_ONLY, False))
            order = self._exchange.store_order(member, asked)
            self._hand_on(order)
        except OrderRefusedError as refusal:
            raise ApiError(refusal.status, refusal.code) from None
        return await self._late_answer(order_body(order))

    async def cancel(self, request: web.Request) -> web.Response:
        """Ask for a cancellation; the answer shows the order as it was before."""
        await read_params(request)
        order = self._find(self._trading_member(request), request.match_info["id"])
        body = order_body(order)
        self._exchange.cancel(order)
        return await self._late_answer(body)

    async def cancel_all(self, request: web.Request) -> web.Response:
        """Ask for the cancellation of the orders in ``wait``; pending ones are not touched."""
        params = await read_params(request)
        member = self._trading_member(request)
        market = params.choice("market", self._active_markets(), _NO_MARKET)
        # Peatio gives this one no code of its own: the name of the failed check is the code.
        side = params.choice("side", ("sell", "buy"), "value")
        params.finish()
        orders = [
            order
            for order in self._store.member_orders(member)
            if order.state == "wait" and market in (None, order.market) and side in (None, order.side)
        ]
        body = [order_body(order) for order in orders]
        for order in orders:
            self._exchange.cancel(order)
        return await self._late_answer(body)

    async def order(self, request: web.Request) -> web.Response:
        """Return one order by id or uuid, with its trades."""
        return answer(full_order_body(self._find(self._trading_member(request), request.match_info["id"])))

    async def orders(self, request: web.Request) -> web.Response:
        """List orders, sorted by whole seconds of the last update. There is no ``Total``."""
        params = await read_params(request)
        member = self._trading_member(request)
        bases = {market.base for market in self._exchange.active_markets()}
        markets = params.choices("market", self._active_markets(), _NO_MARKET)
        base = params.choice("base_unit", bases, _NO_MARKET)
        # Peatio 3.1.0 checks the quote unit against the base units: a fiat quote is refused.
        quote = params.choice("quote_unit", bases, _NO_MARKET)
        states = params.choices("state", ORDER_STATES, "market.order.invalid_state")
        page = self._page(params, "market.order", lowest=0)
        direction = params.choice("order_by", ("asc", "desc"), "market.order.invalid_order_by") or "desc"
        ord_type = params.choice("ord_type", ("limit", "market"), "market.order.invalid_ord_type")
        side = params.choice("type", ("buy", "sell"), "market.order.invalid_type")
        time_from, time_to = self._span(params, "market.order")
        params.finish()
        if page.limit == 0:
            raise ApiError(500, "server.internal_error")

        def wanted(order: OrderRecord) -> bool:
            return (
                (markets is None or order.market in markets)
                and base in (None, order.market_spec.base)
                and quote in (None, order.market_spec.quote)
                and (states is None or order.state in states)
                and ord_type in (None, order.ord_type)
                and side in (None, order.side)
                and _within(order.created_at_s, time_from, time_to)
            )

        orders = [order for order in self._store.member_orders(member) if wanted(order)]
        rows = _by_last_update(orders, page, newest_first=direction == "desc")
        return answer([order_body(order) for order in rows], headers=page.headers())

    async def trades(self, request: web.Request) -> web.Response:
        """List the member's trades by id; a trade with oneself comes once, as the maker's."""
        params = await read_params(request)
        member = self._trading_member(request)
        markets = params.choices("market", self._active_markets(), _NO_MARKET)
        page = self._page(params, "market.trade", lowest=1)
        kind = params.choice("type", ("buy", "sell"), "market.trade.invalid_type")
        time_from, time_to = self._span(params, "market.trade")
        direction = params.choice("order_by", ("asc", "desc"), "market.trade.invalid_order_by") or "desc"
        params.finish()

        def is_of_kind(trade: TradeRecord) -> bool:
            return kind is None or any(
                order.member is member and order.side == kind for order in (trade.maker_order, trade.taker_order)
            )

        trades = [
            trade
            for trade in self._store.member_trades(member)
            if (markets is None or trade.market in markets)
            and is_of_kind(trade)
            and _within(trade.created_at_s, time_from, time_to)
        ]
        if direction == "desc":
            trades.reverse()
        return answer([member_trade_body(trade, member) for trade in page.cut(trades)], headers=page.headers())

    def _read_order(self, params: Params) -> OrderRequest:
        symbol = params.raw("market")
        if "market" not in params:
            params.fail("market.order.missing_market")
        market = self._exchange.active_market(symbol)
        if market is None:
            params.fail("market.spot_market.doesnt_exist_or_not_enabled")
        if "side" not in params:
            params.fail("market.order.missing_side")
        side = params.raw("side")
        if side not in ("sell", "buy"):
            params.fail("market.order.invalid_side")
        if "volume" not in params:
            params.fail("market.order.missing_volume")
        volume = params.positive_decimal(
            "volume", non_decimal="market.order.non_decimal_volume", non_positive="market.order.non_positive_volume"
        )
        if volume is None:
            params.fail("market.order.non_positive_volume")
        ord_type = params.raw("ord_type") if "ord_type" in params else "limit"
        price = None
        if ord_type == "limit":
            # A null price passes this stage (unlike a null volume) and fails as an invalid order.
            if "price" not in params:
                params.fail("market.order.missing_price")
            price = params.positive_decimal(
                "price", non_decimal="market.order.non_decimal_price", non_positive="market.order.non_positive_price"
            )
        elif ord_type != "market":
            params.fail("market.order.invalid_type")
        params.finish()
        if ord_type == "market" and "price" in params:
            raise ApiError(422, "market.order.market_order_price")
        assert market is not None
        assert volume is not None
        return OrderRequest(market, cast("Side", side), cast("OrderType", ord_type), volume, price)

    def _trading_member(self, request: web.Request) -> Member:
        member = member_of(request)
        if member.level < self._exchange.config.minimum_level_for_trading:
            raise ApiError(403, "market.trade.not_permitted")
        return member

    def _find(self, member: Member, id_or_uuid: str) -> OrderRecord:
        if _ID.fullmatch(id_or_uuid):
            order = self._store.order(int(id_or_uuid))
        elif _UUID.fullmatch(id_or_uuid):
            plain = id_or_uuid.replace("-", "").lower()
            parts = (plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:])
            order = self._store.order_by_uuid("-".join(parts))
        else:
            raise ApiError(422, "market.order.invaild_id_or_uuid")
        if order is None or order.member is not member:
            raise ApiError(404, "record.not_found")
        return order

    def _active_markets(self) -> set[str]:
        return {market.symbol for market in self._exchange.active_markets()}

    @staticmethod
    def _page(params: Params, scope: str, lowest: int) -> Page:
        limit = params.integer(
            "limit",
            100,
            non_integer=f"{scope}.non_integer_limit",
            invalid=f"{scope}.invalid_limit",
            low=lowest,
            high=1000,
        )
        return Page(params.integer("page", 1, non_integer=f"{scope}.non_integer_page"), limit)

    @staticmethod
    def _span(params: Params, scope: str) -> tuple[int | None, int | None]:
        time_from, time_to = (
            params.epoch(name, non_integer=f"{scope}.non_integer_{name}", empty=f"{scope}.empty_{name}")
            for name in ("time_from", "time_to")
        )
        return time_from, time_to

    async def _late_answer(self, body: object) -> web.Response:
        """Answer 201 after a while, so that the first event may come before the answer."""
        await asyncio.sleep(self._answer_delay.draw_s(self._rng))
        return answer(body, 201)


def _by_last_update(orders: list[OrderRecord], page: Page, *, newest_first: bool) -> list[OrderRecord]:
    """Sort by whole seconds of the last update and cut out a page, with the database's trouble with ties.

    There is no tie-breaker. As long as all orders of one second fit before the page's end they come by ascending
    id; when the limit cuts through them the database prefers the latest ids. So pages overlap and leave orders
    out, as recorded (docs/protocol.md section 3).
    """
    rows = sorted(orders, key=lambda order: int(order.updated_at_s), reverse=newest_first)
    end = page.offset + page.limit
    if end < len(rows) and int(rows[end - 1].updated_at_s) == int(rows[end].updated_at_s):
        second = int(rows[end].updated_at_s)
        tied = [index for index, order in enumerate(rows) if int(order.updated_at_s) == second]
        rows[tied[0] : tied[-1] + 1] = reversed(rows[tied[0] : tied[-1] + 1])
    return page.cut(rows)


def _within(time_s: float, time_from: int | None, time_to: int | None) -> bool:
    if time_from is not None and time_from <= _LAST_SECOND and time_s < time_from:
        return False
    return time_to is None or time_to > _LAST_SECOND or time_s < time_to
