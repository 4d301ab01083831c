"""Peatio's own versions, each written as its difference from the next one (docs/reference/sandbox-dialects.md)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from peatio_sandbox.dialects.base import Authenticate, Dialect, Event, Json, Route, without
from peatio_sandbox.dialects.limits import Throttle
from peatio_sandbox.dialects.ruby import RubyRanger
from peatio_sandbox.exchange.clock import iso_zulu
from peatio_sandbox.exchange.decimals import ZERO, decimal_text
from peatio_sandbox.exchange.exchange import Exchange
from peatio_sandbox.exchange.market import Side
from peatio_sandbox.exchange.records import Member
from peatio_sandbox.ranger.ranger import Ranger
from peatio_sandbox.rest.validation import ApiError, Params

#: Price levels a side in an ``update``.
UPDATE_LEVELS = 300
#: Peatio 2.3's throttle: this many calls of a member in this many seconds.
CALLS_ALLOWED, CALLS_PERIOD_S = 6000, 300.0
_INTEGER = re.compile(r"[0-9]+")
_ORDER_ROUTES: frozenset[Route] = frozenset({("GET", "/market/orders/{id}"), ("POST", "/market/orders/{id}/cancel")})
_TIME_FILTERS = ("time_from", "time_to")


class Peatio30(Dialect):
    """3.1 without ``public/config`` and ``account/members/me``."""

    name = "peatio-3.0"
    summary = "Peatio 3.0 behind Rango"
    version = "3.0.0"
    missing_routes = frozenset({("GET", "/public/config"), ("GET", "/account/members/me")})


class Peatio26(Peatio30):
    """3.0 without market types: markets have an ``id`` and no ``symbol``, rows no ``market_type``."""

    name = "peatio-2.6"
    summary = "Peatio 2.6 behind Rango"
    version = "2.6.0"
    error_codes: ClassVar[Mapping[str, str]] = {
        "market.spot_market.doesnt_exist_or_not_enabled": "market.market.doesnt_exist_or_not_enabled"
    }

    def market(self, row: Json) -> Json:
        """Leave out ``symbol`` and ``type``."""
        return without(row, "symbol", "type")

    def order(self, row: Json) -> Json:
        """Leave out ``market_type``."""
        return without(row, "market_type")

    def order_trade(self, row: Json) -> Json:
        """Leave out ``market_type``."""
        return without(row, "market_type")

    def trading_fee(self, row: Json) -> Json:
        """Leave out ``market_type``."""
        return without(row, "market_type")


class Peatio25(Peatio26):
    """As 2.6."""

    name = "peatio-2.5"
    summary = "Peatio 2.5 behind Rango"
    version = "2.5.0"


class Peatio24(Peatio25):
    """2.5 without an order's fee rates, hidden markets and lists of markets as a filter."""

    name = "peatio-2.4"
    summary = "Peatio 2.4 behind Rango"
    version = "2.4.19"
    active_states = frozenset({"enabled"})

    def order(self, row: Json) -> Json:
        """Leave out the fee rates."""
        return without(super().order(row), "maker_fee", "taker_fee")

    def check(self, route: Route, params: Params, member: Member | None) -> None:
        """Refuse several markets in one filter."""
        super().check(route, params, member)
        if route in (("GET", "/market/orders"), ("GET", "/market/trades")) and isinstance(params.raw("market"), list):
            raise ApiError(422, "market.market.doesnt_exist")


class Peatio23(Peatio24):
    """2.4 with whole books instead of increments, integer ids only, the older tickers and a throttle."""

    name = "peatio-2.3"
    summary = "Peatio 2.3 behind its Ruby Ranger: whole-book updates, integer ids only"
    version = "2.3.44"
    silent_streams = frozenset({"ob-inc", "ob-snap"})
    nonce_window_ms = None
    stream_tokens = "peatio"

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange)
        self._throttle = Throttle(CALLS_ALLOWED, CALLS_PERIOD_S, exchange.clock.now_s)

    def read_params(self, route: Route, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ignore the filters by time, which came with 2.4."""
        if not route[1].startswith("/market/"):
            return values
        return {name: value for name, value in values.items() if name not in _TIME_FILTERS}

    def check(self, route: Route, params: Params, member: Member | None) -> None:
        """Refuse uuids, and members who call too often."""
        if member is not None:
            self._throttle.count(member.uid)
        super().check(route, params, member)
        if route in _ORDER_ROUTES and not _INTEGER.fullmatch(str(params.raw("id"))):
            raise ApiError(422, "market.order.non_integer_id")

    def order(self, row: Json) -> Json:
        """Leave out the uuid."""
        return without(super().order(row), "uuid")

    def public_trade(self, row: Json) -> Json:
        """Write decimals as strings and the time as ISO 8601, as of one's own trades."""
        decimals = {name: _text_of_number(row[name]) for name in ("price", "amount", "total")}
        return {**row, **decimals, "created_at": iso_zulu(row["created_at"])}

    def tickers(self, body: Json) -> Json:
        """Write every ticker in the older form."""
        return {symbol: self._old_ticker(symbol, entry["ticker"], int(entry["at"])) for symbol, entry in body.items()}

    def ticker(self, symbol: str, body: Json) -> Json:
        """Write one ticker in the older form."""
        return self._old_ticker(symbol, body["ticker"], int(body["at"]))

    def tickers_event(self, payload: Json) -> Json:
        """Write ``global.tickers`` with names, units and the best prices."""
        markets = self.exchange.markets
        return {
            symbol: {
                "name": markets[symbol].name,
                "base_unit": markets[symbol].base,
                "quote_unit": markets[symbol].quote,
                **self._old_figures(symbol, figures),
                "at": int(figures["at"]),
            }
            for symbol, figures in payload.items()
        }

    def periodic_events(self) -> Iterable[Event]:
        """Publish the whole book of every enabled market."""
        return [
            (f"public.{symbol}.update", {"asks": self._levels(symbol, "sell"), "bids": self._levels(symbol, "buy")})
            for symbol, market in self.exchange.markets.items()
            if market.is_enabled
        ]

    def make_ranger(self, authenticate: Authenticate) -> Ranger:
        """Return the Ranger of peatio-core."""
        return RubyRanger(whole_markets=True)

    def _levels(self, symbol: str, side: Side) -> list[list[str]]:
        levels = self.exchange.store.depth(self.exchange.markets[symbol], side)[:UPDATE_LEVELS]
        return [[decimal_text(price), decimal_text(volume)] for price, volume in levels]

    def _old_ticker(self, symbol: str, figures: Json, at: int) -> Json:
        old = self._old_figures(symbol, figures)
        return {"at": at, "ticker": {**old, "vol": old["volume"]}}

    def _old_figures(self, symbol: str, figures: Json) -> Json:
        market = self.exchange.markets[symbol]
        best = {
            name: next((price for price, _ in self.exchange.store.depth(market, side)), ZERO)
            for name, side in _BEST_PRICES.items()
        }
        return {
            **{name: decimal_text(price) for name, price in best.items()},
            **{name: figures[name] for name in ("low", "high", "open", "last")},
            "volume": figures["amount"],
            "avg_price": figures["avg_price"],
            "price_change_percent": figures["price_change_percent"],
        }


_BEST_PRICES: Mapping[str, Side] = {"buy": "buy", "sell": "sell"}


def _text_of_number(number: float) -> str:
    return decimal_text(Decimal(str(number)))
