"""Peatio with another engine behind it, and its forks (docs/reference/sandbox-dialects.md)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from aiohttp import web

from peatio_sandbox.dialects.base import CANCEL, CREATE, Authenticate, Dialect, Event, Json, Route, without
from peatio_sandbox.dialects.limits import Throttle
from peatio_sandbox.exchange.exchange import Exchange
from peatio_sandbox.exchange.records import Member
from peatio_sandbox.ranger.ranger import Ranger
from peatio_sandbox.rest.common import ENGINE_PREFIX
from peatio_sandbox.rest.validation import ApiError, Params

#: Open orders that bitzlato allows in one market.
BITZLATO_OPEN_ORDERS = 3
#: OpenFinex's limit on creates, and the seconds it is for.
OPENFINEX_CREATES, OPENFINEX_PERIOD_S = 50, 10.0
POST_ONLY = "post_only"
#: What Go's ``strconv.ParseBool`` takes for true.
_GO_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_UUID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
_ORDER_ROUTES: frozenset[Route] = frozenset({("GET", "/market/orders/{id}"), CANCEL})


class ThirdPartyEngine(Dialect):
    """An order is handed to an engine that stores it later: the create's answer has a uuid, and null for the id."""

    name = "third-party-engine"
    summary = "Peatio 3.1 with another matching engine: creates answer a uuid and no id"

    def created_order(self, row: Json) -> Json:
        """Leave the id open. What was not stored was not updated either."""
        return {**self.order(row), "id": None, "updated_at": None}


class OpenFinex(ThirdPartyEngine):
    """``amount`` and ``type`` in creates, ``post_only``, ``balances`` events, orders under a prefix of their own."""

    name = "openfinex"
    summary = "Peatio 3.1 with OpenFinex: amount/type, post_only, balances, orders under /api/v2/finex"
    order_prefix = ENGINE_PREFIX
    missing_routes = frozenset({CANCEL})
    balance_stream = "balances"
    names: ClassVar[Mapping[str, str]] = {"amount": "volume", "type": "ord_type"}

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange)
        self._throttle = Throttle(OPENFINEX_CREATES, OPENFINEX_PERIOD_S, exchange.clock.now_s)

    def created_order(self, row: Json) -> Json:
        """Answer as OpenFinex's documentation has it: few fields, other names, the time in epoch seconds."""
        names = ("uuid", "side", "price", "state")
        created_at = int(datetime.fromisoformat(row["created_at"]).timestamp())
        own = {"type": row["ord_type"], "market_id": row["market"], "volume": row["origin_volume"]}
        return {**{name: row[name] for name in names}, **own, "created_at": created_at}

    def read_params(self, route: Route, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Read OpenFinex's names and no others; a ``post_only`` order is a limit order."""
        if route != CREATE:
            return values
        own = without(dict(values), *self.names.values())
        renamed = {self.names.get(name, name): value for name, value in own.items()}
        return {**renamed, "ord_type": "limit"} if renamed.get("ord_type") == POST_ONLY else renamed

    def check(self, route: Route, params: Params, member: Member | None) -> None:
        """Refuse more creates than the limit allows."""
        if route == CREATE and member is not None:
            self._throttle.count(member.uid)
        super().check(route, params, member)

    def is_post_only(self, params: Params) -> bool:
        """Return whether ``post_only`` is given, as a flag or as the order's type."""
        return params.raw("type") == POST_ONLY or params.raw(POST_ONLY) in (True, "true")


class Bitzlato(Dialect):
    """Increments are lists of pairs with a time, removals are zeros, three orders a market may be open.

    A private websocket may ask that its member's orders are cancelled when it ends.
    """

    name = "bitzlato"
    summary = "bitzlato's fork: increments as lists, zero removes a level, 3 open orders a market"

    def increment(self, payload: Json) -> Json:
        """Write the level as a list of one pair, its removal as zero."""
        return {**_list_shaped(payload, removed="0.0"), "ts": self.exchange.clock.now_s()}

    def check(self, route: Route, params: Params, member: Member | None) -> None:
        """Refuse a create beyond the open orders that are allowed."""
        super().check(route, params, member)
        if route != CREATE or member is None:
            return
        orders = self.exchange.store.member_orders(member)
        mine = [o for o in orders if o.market == params.raw("market") and o.state in ("pending", "wait")]
        if len(mine) >= BITZLATO_OPEN_ORDERS:
            raise ApiError(422, "market.order.open_orders_limit")

    def make_ranger(self, authenticate: Authenticate) -> Ranger:
        """Return its Rango, which tells Peatio of the end of a connection that wishes so."""
        return Ranger(on_end=self._cancel_on_close)

    def _cancel_on_close(self, request: web.Request, uid: str) -> None:
        """Cancel what rests in the books: every order of the member in ``wait``, on all markets."""
        if request.query.get("cancel_on_close") not in _GO_TRUE:
            return
        member = next((member for member in self.exchange.members.values() if member.uid == uid), None)
        if member is None:
            return
        for order in self.exchange.store.member_orders(member):
            if order.state == "wait":
                self.exchange.cancel(order)


class Zsmartex(Dialect):
    """Orders have a uuid and no integer id, removals are null, ``balance`` events, ``MARKET.depth``."""

    name = "zsmartex"
    summary = "zsmartex's fork: orders without integer id, null removes a level, balance events, depth streams"
    balance_stream = "balance"

    def check(self, route: Route, params: Params, member: Member | None) -> None:
        """Refuse anything but a uuid."""
        super().check(route, params, member)
        if route in _ORDER_ROUTES and not _UUID.fullmatch(str(params.raw("id"))):
            raise ApiError(422, "market.order.invaild_id_or_uuid")

    def order(self, row: Json) -> Json:
        """Leave out the id."""
        return without(row, "id")

    def member_trade(self, row: Json) -> Json:
        """Name the order by its uuid."""
        return self._by_uuid(row)

    def order_event(self, payload: Json) -> Json:
        """Put the uuid in the id's place."""
        return {"uuid": self._uuid(payload["id"]), **without(payload, "id")}

    def trade_event(self, payload: Json) -> Json:
        """Name the order by its uuid."""
        return self._by_uuid(payload)

    def increment(self, payload: Json) -> Json:
        """Write the level as a list of one pair, its removal as null."""
        return _list_shaped(payload, removed=None)

    def events(self, routing_key: str, payload: object) -> Iterable[Event]:
        """Publish increments under ``depth`` too."""
        events = list(super().events(routing_key, payload))
        if routing_key.endswith(".ob-inc"):
            events += [(key.removesuffix("ob-inc") + "depth", translated) for key, translated in events]
        return events

    def balance_event(self, currency: str, free: str, locked: str) -> Json:
        """Write a balance as ``account/balances`` does."""
        return {"currency": currency, "balance": free, "locked": locked}

    def _by_uuid(self, trade: Json) -> Json:
        return {**trade, "order_id": self._uuid(trade["order_id"])}

    def _uuid(self, order_id: int) -> str | None:
        order = self.exchange.store.order(order_id)
        return None if order is None else order.uuid


def _list_shaped(payload: Json, removed: str | None) -> Json:
    """Return an increment whose side is a list of pairs, with another sign for a level that is gone."""
    side = "asks" if "asks" in payload else "bids"
    price, volume = payload[side]
    return {side: [[price, volume or removed]], "sequence": payload["sequence"]}
