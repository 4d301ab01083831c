"""How a repeated step is compared with its recording. Pure functions that return what differs, in words.

The rules: the status is equal; error codes are equal as a set; the body has the same shape, that is the same keys
with the same JSON types (a decimal in a string, an integer, null where the recording has null); lists are compared
by their first element, and an empty list equals only an empty list. Values are equal too for the fields in
:data:`EXACT_FIELDS`, for ids, and for the price levels of depth. Of tickers, k-line, versions and other statements
about the installation only the shape counts. Published events are equal in kind, order and every field; times may
differ by two seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

#: Fields whose values are compared, not only their types.
EXACT_FIELDS = frozenset(
    {
        "id",
        "order_id",
        "state",
        "side",
        "market",
        "ord_type",
        "price",
        "avg_price",
        "origin_volume",
        "remaining_volume",
        "executed_volume",
        "trades_count",
        "currency",
        "balance",
        "locked",
        "amount",
        "total",
        "fee",
        "fee_amount",
        "fee_currency",
        "taker_type",
        "uid",
        "email",
        "group",
        "maker_fee",
        "taker_fee",
    }
)
#: Paths whose bodies are compared by shape alone.
SHAPE_ONLY = re.compile(
    r"/public/(version|health|config|currencies|trading_fees|withdraw_limits|markets.*(k-line|tickers))"
)
#: Fields of bodies and events that hold a time.
TIME_FIELDS = frozenset({"at", "created_at", "updated_at", "date"})
PAGING_HEADERS = ("Total", "Per-Page", "Page")
TIME_TOLERANCE_S = 2

_DECIMAL_TEXT = re.compile(r"-?\d+\.\d+")
_Compare = Callable[[str, Any, Any], Iterator[str]]


def kind_of(value: Any) -> str:
    """Name a JSON type; whole numbers, and decimals in strings, are types of their own."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "decimal text" if _DECIMAL_TEXT.fullmatch(value) else "text"
    return "list" if isinstance(value, list) else "object"


def response_differences(path: str, recorded: dict[str, Any], status: int, headers: Any, body: Any) -> list[str]:
    """Return what differs between a recorded response and a new one; empty when they are equal."""
    if recorded["status"] != status:
        return [f"status: recorded {recorded['status']}, now {status} {body!r}"]
    differences = [
        f"header {name}: recorded {recorded['headers'].get(name)}, now {headers.get(name)}"
        for name in PAGING_HEADERS
        if recorded["headers"].get(name) != headers.get(name)
    ]
    if status >= 400:
        return differences + list(_error_differences(recorded["body"], body))
    exact = SHAPE_ONLY.search(path) is None
    return differences + list(_value_differences("body", recorded["body"], body, exact=exact))


def _error_differences(recorded: Any, now: Any) -> Iterator[str]:
    if kind_of(recorded) != kind_of(now):
        yield f"error body: recorded {recorded!r}, now {now!r}"
    elif isinstance(recorded, dict):
        if {key: kind_of(value) for key, value in recorded.items()} != {k: kind_of(v) for k, v in now.items()}:
            yield f"error body: recorded {recorded!r}, now {now!r}"
        elif any(_as_set(recorded[key]) != _as_set(now[key]) for key in recorded):
            yield f"error codes: recorded {recorded!r}, now {now!r}"
    elif recorded != now:
        yield f"error body: recorded {recorded!r}, now {now!r}"


def _as_set(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else value


def _value_differences(where: str, recorded: Any, now: Any, *, exact: bool) -> Iterator[str]:
    if kind_of(recorded) != kind_of(now):
        yield f"{where}: recorded {recorded!r}, now {now!r}"
    elif isinstance(recorded, dict):
        yield from _object_differences(where, recorded, now, exact=exact)
    elif isinstance(recorded, list):
        if bool(recorded) != bool(now):
            yield f"{where}: recorded {len(recorded)} rows, now {len(now)}"
        elif recorded:
            yield from _value_differences(f"{where}[0]", recorded[0], now[0], exact=exact)


def _object_differences(where: str, recorded: dict[str, Any], now: dict[str, Any], *, exact: bool) -> Iterator[str]:
    if recorded.keys() != now.keys():
        yield f"{where}: recorded keys {sorted(recorded)}, now {sorted(now)}"
        return
    for key, value in recorded.items():
        if exact and key in ("asks", "bids") and value and isinstance(value[0], list):
            if value != now[key]:
                yield f"{where}.{key}: recorded {value}, now {now[key]}"
        elif exact and key in EXACT_FIELDS:
            if value != now[key]:
                yield f"{where}.{key}: recorded {value!r}, now {now[key]!r}"
        else:
            yield from _value_differences(f"{where}.{key}", value, now[key], exact=exact)


def event_differences(recorded: list[tuple[str, Any]], now: list[tuple[str, Any]]) -> list[str]:
    """Return what differs between two runs of (routing key, payload); empty when they are equal."""
    differences = []
    if [key for key, _ in recorded] != [key for key, _ in now]:
        differences.append(f"events: recorded {_kinds(recorded)}, now {_kinds(now)}")
        return differences
    for position, ((key, old), (_, new)) in enumerate(zip(recorded, now, strict=True)):
        if not _same_payload(old, new):
            differences.append(f"event {position} {key}: recorded {old}, now {new}")
    return differences


def _kinds(events: list[tuple[str, Any]]) -> list[str]:
    return [f"{key} {payload.get('state', payload.get('sequence', ''))}".strip() for key, payload in events]


def _same_payload(recorded: Any, now: Any, key: str = "") -> bool:
    if isinstance(recorded, dict) and isinstance(now, dict):
        same_keys = recorded.keys() == now.keys()
        return same_keys and all(_same_payload(recorded[name], now[name], name) for name in recorded)
    if isinstance(recorded, list) and isinstance(now, list):
        return len(recorded) == len(now) and all(
            _same_payload(old, new) for old, new in zip(recorded, now, strict=True)
        )
    if key in TIME_FIELDS and isinstance(recorded, int) and isinstance(now, int):
        return abs(recorded - now) <= TIME_TOLERANCE_S
    return type(recorded) is type(now) and bool(recorded == now)
