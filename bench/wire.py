"""One market in two wire formats: its book, the changes of single levels, and what happens to an order. Pure.

Peatio's format is that of docs/protocol.md section 5, binance's that of its public documentation.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PEATIO_PREFIX = "m"
MIDDLE = 30_000
#: The book that a subscriber gets: of an engine that has run for a while. A connector asks for an engine's very first
#: change again, because the engine may have been started once more meanwhile.
OPENING_UPDATE = 1000
FIRST_UPDATE = OPENING_UPDATE + 1
#: One change in ten takes its level away.
REMOVALS = 0.1
CREATED_AT = "2026-11-20T19:36:09+00:00"
CREATED_AT_S = 1_795_203_369


@dataclass(frozen=True, slots=True)
class Change:
    """A level of the book and what stands there now; volume 0 where it is gone."""

    is_bid: bool
    price: int
    volume: float


@dataclass(frozen=True, slots=True)
class Order:
    """What the servers know of an order."""

    order_id: int
    client_order_id: str
    symbol: str
    is_buy: bool
    price: str
    volume: str


def market_name(number: int) -> str:
    """The base currency of market `number`; all are quoted in usd."""
    return f"{PEATIO_PREFIX}{number:02}"


def trading_pairs(count: int) -> list[str]:
    """The first `count` markets as Hummingbot writes them."""
    return [f"{market_name(number).upper()}-USD" for number in range(count)]


def first_book(levels: int) -> tuple[list[Change], list[Change]]:
    """`levels` bids and as many asks, best first."""
    bids = [Change(True, MIDDLE - number, 0.5 + number) for number in range(1, levels + 1)]
    asks = [Change(False, MIDDLE + number, 0.5 + number) for number in range(1, levels + 1)]
    return bids, asks


def changes(count: int, levels: int, seed: int = 1) -> Iterator[Change]:
    """Changes of single levels anywhere in the book; bids and asks never meet."""
    rng = random.Random(seed)
    for _ in range(count):
        is_bid = rng.random() < 0.5
        distance = rng.randint(1, levels)
        volume = 0.0 if rng.random() < REMOVALS else rng.randint(1, 99_999) / 10_000
        yield Change(is_bid, MIDDLE - distance if is_bid else MIDDLE + distance, volume)


def top_after(levels: int, done: list[Change]) -> tuple[float, float]:
    """Best bid and best ask once `done` happened to the first book."""
    bids, asks = first_book(levels)
    sides = ({level.price for level in asks}, {level.price for level in bids})
    for change in done:
        if change.volume:
            sides[change.is_bid].add(change.price)
        else:
            sides[change.is_bid].discard(change.price)
    return float(max(sides[True])), float(min(sides[False]))


def frame(text: str) -> bytes:
    """A websocket text frame as a server sends it (RFC 6455 section 5.2), so that a server can send many at once."""
    data = text.encode()
    if len(data) < 126:
        return bytes((0x81, len(data))) + data
    if len(data) < 65_536:
        return b"\x81\x7e" + len(data).to_bytes(2, "big") + data
    return b"\x81\x7f" + len(data).to_bytes(8, "big") + data


def compact(message: Any) -> str:
    """JSON without blanks, as both exchanges send it."""
    return json.dumps(message, separators=(",", ":"))


def peatio_level(change: Change) -> list[str]:
    """Price and volume, "" for a level that is gone."""
    return [f"{change.price}.0", str(change.volume) if change.volume else ""]


def peatio_snapshot(symbol: str, levels: int) -> str:
    """The book with the sequence number `OPENING_UPDATE`."""
    bids, asks = first_book(levels)
    book = {"asks": [peatio_level(level) for level in asks], "bids": [peatio_level(level) for level in bids]}
    return compact({f"{symbol}.ob-snap": {**book, "sequence": OPENING_UPDATE}})


def peatio_increment(symbol: str, change: Change, sequence: int) -> str:
    """One change as Peatio publishes it."""
    side = "bids" if change.is_bid else "asks"
    return compact({f"{symbol}.ob-inc": {side: peatio_level(change), "sequence": sequence}})


def peatio_public_trade(symbol: str, number: int) -> str:
    """A trade on the market."""
    trade = {"tid": number, "taker_type": "buy", "date": CREATED_AT_S, "price": f"{MIDDLE}.0", "amount": "0.25"}
    return compact({f"{symbol}.trades": {"trades": [trade]}})


def peatio_fill(order: Order, number: int) -> str:
    """The private trade event of a partial fill of `order`."""
    side = "buy" if order.is_buy else "sell"
    trade = {
        "id": number,
        "order_id": order.order_id,
        "market": order.symbol,
        "side": side,
        "taker_type": "sell" if order.is_buy else "buy",
        "price": order.price,
        "amount": "0.001",
        "total": "30.0",
        "created_at": CREATED_AT_S,
    }
    return compact({"trade": trade})


def peatio_order(order: Order, state: str) -> dict[str, Any]:
    """The order as REST tells it."""
    return {
        "id": order.order_id,
        "uuid": f"00000000-0000-4000-8000-{order.order_id:012}",
        "side": "buy" if order.is_buy else "sell",
        "ord_type": "limit",
        "price": order.price,
        "avg_price": "0.0",
        "state": state,
        "market": order.symbol,
        "market_type": "spot",
        "created_at": CREATED_AT,
        "updated_at": CREATED_AT,
        "origin_volume": order.volume,
        "remaining_volume": order.volume,
        "executed_volume": "0.0",
        "maker_fee": "0.001",
        "taker_fee": "0.002",
        "trades_count": 0,
    }


def peatio_order_event(order: Order, state: str) -> str:
    """The private order event."""
    row = peatio_order(order, state)
    for name in ("uuid", "maker_fee", "taker_fee", "market_type"):
        del row[name]
    at = {"at": CREATED_AT_S, "created_at": CREATED_AT_S, "updated_at": CREATED_AT_S}
    return compact({"order": {**row, "kind": "bid" if order.is_buy else "ask", **at}})


def binance_level(change: Change) -> list[str]:
    """Price and volume with binance's eight decimals, 0 for a level that is gone."""
    return [f"{change.price:.8f}", f"{change.volume:.8f}"]


def binance_snapshot(levels: int) -> dict[str, Any]:
    """The answer of /depth with the update id `OPENING_UPDATE`."""
    bids, asks = first_book(levels)
    return {
        "lastUpdateId": OPENING_UPDATE,
        "bids": [binance_level(level) for level in bids],
        "asks": [binance_level(level) for level in asks],
    }


def binance_increment(symbol: str, change: Change, update_id: int) -> str:
    """One change as a depthUpdate."""
    level = [binance_level(change)]
    return compact(
        {
            "e": "depthUpdate",
            "E": CREATED_AT_S * 1000,
            "s": symbol,
            "U": update_id,
            "u": update_id,
            "b": level if change.is_bid else [],
            "a": [] if change.is_bid else level,
        }
    )


def binance_public_trade(symbol: str, number: int) -> str:
    """A trade on the market."""
    at_ms = CREATED_AT_S * 1000
    price, amount = f"{MIDDLE:.8f}", "0.25000000"
    return compact(
        {"e": "trade", "E": at_ms, "s": symbol, "t": number, "p": price, "q": amount, "T": at_ms, "m": False, "M": True}
    )


def binance_report(order: Order, number: int, is_fill: bool) -> str:
    """The executionReport of a new order, or of a partial fill of it."""
    at_ms = CREATED_AT_S * 1000
    report = {
        "e": "executionReport",
        "E": at_ms,
        "s": order.symbol,
        "c": order.client_order_id,
        "S": "BUY" if order.is_buy else "SELL",
        "o": "LIMIT",
        "f": "GTC",
        "q": order.volume,
        "p": order.price,
        "P": "0.00000000",
        "F": "0.00000000",
        "g": -1,
        "C": "",
        "x": "TRADE" if is_fill else "NEW",
        "X": "PARTIALLY_FILLED" if is_fill else "NEW",
        "r": "NONE",
        "i": order.order_id,
        "l": "0.00100000" if is_fill else "0.00000000",
        "z": f"{number / 1000:.8f}" if is_fill else "0.00000000",
        "L": order.price if is_fill else "0.00000000",
        "n": "0.00000100" if is_fill else "0",
        "N": "BNB" if is_fill else None,
        "T": at_ms,
        "t": number if is_fill else -1,
        "I": 8641984,
        "w": True,
        "m": True,
        "M": False,
        "O": at_ms,
        "Z": "30.00000000",
        "Y": "30.00000000",
        "Q": "0.00000000",
    }
    return compact({"subscriptionId": 0, "event": report})
