"""The texts and payloads of the order-book and trade streams (docs/protocol.md section 5). No I/O.

Separate from `messages` because this is the hot path: prices and volumes are not converted to `Decimal`.
"""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import OrderBookTradeEvent

_TRADE_TYPES = {"buy": TradeType.BUY, "sell": TradeType.SELL}


try:
    import msgspec
except ModuleNotFoundError:  # a connector that was linked into a Hummingbot without it; `json` reads everything then
    _decode_flat = None
else:

    class _FlatIncrement(msgspec.Struct, forbid_unknown_fields=True, gc=False):
        """The value of `MARKET.ob-inc` as Rango sends it; any other form fails to decode."""

        sequence: int
        bids: tuple[str, str] | None = None
        asks: tuple[str, str] | None = None

    _decode_flat = msgspec.json.Decoder(dict[str, _FlatIncrement]).decode


def price_levels(side: Any) -> list[tuple[Any, Any]]:
    """One side of a book message as (price, volume) pairs. Volumes are absolute, "0" for a removed level.

    Rango sends an increment as one flat pair with "" for a removal; forks send a list of pairs, null or zero.

    :raises MessageError: when it is neither a pair nor a list of pairs
    """
    if not side:
        return []
    if not isinstance(side, list):
        raise MessageError(f"A book side must be a list, not {side!r:.80}")
    pairs: Sequence[Any] = side if isinstance(side[0], list) else (side,)
    try:
        return [(price, volume or "0") for price, volume in pairs]
    except (TypeError, ValueError) as error:
        raise _no_level(side) from error


def float_levels(side: Any) -> list[tuple[float, float]]:
    """One side of a book message as (price, volume) in floats, as Hummingbot's book counts.

    :raises MessageError: when it is no list of levels, or a level is no pair of finite numbers
    """
    if not side:
        return []
    if isinstance(side, list) and len(side) == 2 and isinstance(side[0], str):
        # What Rango sends, and all that it sends; the general way below takes twice as long.
        try:
            price, volume = float(side[0]), float(side[1] or 0)
        except (TypeError, ValueError, OverflowError) as error:
            raise _no_level(side) from error
        if isfinite(price) and isfinite(volume):
            return [(price, volume)]
    levels = price_levels(side)
    try:
        return [(_finite(price), _finite(volume)) for price, volume in levels]
    except (TypeError, ValueError, OverflowError) as error:
        raise _no_level(levels) from error


def trade_rows(payload: Any) -> list[Any]:
    """The trades of `MARKET.trades`; as one row that cannot be read where it is no list of them."""
    trades = payload.get("trades") if isinstance(payload, dict) else payload
    return trades if isinstance(trades, list) else [] if trades is None else [trades]


def trade_event(payload: Any, trading_pair: str) -> OrderBookTradeEvent:
    """One entry of the list in `MARKET.trades`, as Hummingbot's book takes it.

    :raises MessageError: when a field is missing or unreadable
    """
    try:
        return OrderBookTradeEvent(
            trading_pair=trading_pair,
            timestamp=float(payload["date"]),
            type=_TRADE_TYPES[payload["taker_type"]],
            price=_finite(payload["price"]),
            amount=_finite(payload["amount"]),
            trade_id=payload["tid"],
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise MessageError(f"A public trade cannot be read: {payload!r:.200}") from error


def flat_increment(text: str) -> tuple[str, int, bool, float, float] | None:
    """Stream, sequence, whether it is a bid, price and volume of one level in Rango's format; None for other texts.

    msgspec decodes into the struct in a third of the time that `json` takes and without its dictionaries. Without
    msgspec every text is another one.
    """
    if _decode_flat is None:
        return None
    try:
        message = _decode_flat(text)
        stream, increment = message.popitem()
        level, is_bid = increment.bids, True
        if level is None:
            level, is_bid = increment.asks, False
        elif increment.asks is not None:
            return None
        if level is None or message:
            return None
        price, volume = float(level[0]), float(level[1] or 0)
    except (msgspec.MsgspecError, KeyError, ValueError):  # KeyError: there is no stream
        return None
    if not isfinite(price + volume):
        return None
    return stream, increment.sequence, is_bid, price, volume


def sequence_of(payload: Any) -> int:
    """The sequence number of an ob-snap or ob-inc payload.

    :raises MessageError: when the payload has none
    """
    sequence = payload.get("sequence") if isinstance(payload, dict) else None
    if not isinstance(sequence, int) or isinstance(sequence, bool):
        raise MessageError(f"A book message must have a sequence number: {payload!r:.80}")
    return sequence


def _no_level(what: Any) -> MessageError:
    return MessageError(f"A book level must be a price and a volume, not {what!r:.80}")


def _finite(value: Any) -> float:
    number = float(value)
    if not isfinite(number):
        raise ValueError(f"{value!r} is not finite")
    return number
