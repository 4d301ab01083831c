"""What of an exchange's answer a page gets: rows that have what it draws, as numbers that are some. Pure.

An exchange may be another program than it seems, or broken: the page must not stand still over one row.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

#: More digits and larger exponents than any amount has. A page reckons exactly, which would take it hours.
_NUMBER = re.compile(r"-?\d{1,60}(\.\d{1,60})?(e[+-]?\d{1,2})?", re.IGNORECASE | re.ASCII)
_MOST_PLACES = 32
_PLACES = 8
Row = dict[str, Any]


class ShapeError(Exception):
    """The answer is nothing of the kind that was asked for."""


def shaped(path: str, body: Any) -> Any:
    """The answer without rows that cannot be drawn.

    :param path: as `ExchangeReader.read` has it
    :raises ShapeError: when it is another kind of answer
    """
    last = path.rsplit("/", 1)[-1]
    if last == "tickers":
        return {name: row for name, row in _object(body).items() if _is_ticker(row)}
    if last == "depth":
        return _depth(_object(body))
    if not isinstance(body, list):
        raise ShapeError
    if last == "k-line":
        return [row for row in body if _is_candle(row)]
    if path == "public/markets":
        return [_market(row) for row in body if _has(row, _MARKET)]
    fields = _ROWS[path if path in _ROWS else last]
    return [row for row in body if _has(row, fields)]


def is_number(value: Any) -> bool:
    """As Peatio writes one: as a text, or as JSON has it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    return _NUMBER.fullmatch(str(value)) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number_or_none(value: Any) -> bool:
    return value is None or is_number(value)


def _is_number_or_text(value: Any) -> bool:
    return is_number(value) or _is_text(value)


Check = Callable[[Any], bool]
_MARKET: Mapping[str, Check] = {"base_unit": _is_text, "quote_unit": _is_text, "name": _is_text}
_ROWS: Mapping[str, Mapping[str, Check]] = {
    # Public trades; those of an account have more.
    "trades": {"id": _is_number_or_text, "price": is_number, "amount": is_number, "created_at": _is_number_or_text},
    "market/trades": {
        "id": _is_number_or_text, "price": is_number, "amount": is_number, "total": is_number, "side": _is_text,
        "market": _is_text, "created_at": _is_number_or_text,
    },
    "market/orders": {
        "side": _is_text, "state": _is_text, "market": _is_text, "price": _is_number_or_none,
        "origin_volume": is_number, "remaining_volume": is_number, "executed_volume": is_number,
        "created_at": _is_number_or_text,
    },
    "account/balances": {"currency": _is_text, "balance": is_number, "locked": is_number},
}  # fmt: skip


def _has(row: Any, fields: Mapping[str, Check]) -> bool:
    return isinstance(row, dict) and all(is_right(row.get(name)) for name, is_right in fields.items())


def _object(body: Any) -> Row:
    if not isinstance(body, dict):
        raise ShapeError
    return body


def _market(row: Row) -> Row:
    """Its precisions are counts of places, whatever the exchange wrote."""
    places = {name: row.get(name) for name in ("price_precision", "amount_precision")}
    mended = {name: _PLACES for name, value in places.items() if not _is_count(value)}
    return {**row, **mended}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_PLACES


def _is_ticker(row: Any) -> bool:
    ticker = row.get("ticker") if isinstance(row, dict) else None
    return isinstance(ticker, dict) and all(_is_number_or_none(ticker.get(name)) for name in ("last", "volume", "open"))


def _depth(body: Row) -> Row:
    sides = {}
    for side in ("asks", "bids"):
        rows = body.get(side)
        if not isinstance(rows, list):
            raise ShapeError
        sides[side] = [row for row in rows if isinstance(row, list) and len(row) >= 2 and all(map(is_number, row[:2]))]
    return {**body, **sides}


def _is_candle(row: Any) -> bool:
    return isinstance(row, list) and len(row) >= 6 and all(map(is_number, row[:6]))
