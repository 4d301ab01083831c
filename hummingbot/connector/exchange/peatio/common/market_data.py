"""Candles and tickers as values: parsing, and filling gaps between candles. No I/O.

Facts: docs/protocol.md section 3 (k-line, tickers) and section 5 (kline streams).
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.connector.exchange.peatio.common.fields import as_decimal, as_list, as_object
from hummingbot.connector.exchange.peatio.common.messages import ZERO

# Hummingbot's interval, which is also the suffix of the stream's name → Peatio's `period` in minutes.
PERIODS: Mapping[str, int] = MappingProxyType(
    {
        "1m": 1,
        "5m": 5,
        "15m": 15,
        "30m": 30,
        "1h": 60,
        "2h": 120,
        "4h": 240,
        "6h": 360,
        "12h": 720,
        "1d": 1440,
        "3d": 4320,
        "1w": 10080,
    }
)
# A greater epoch number is in milliseconds.
_LAST_SECOND = 1e11


@dataclass(frozen=True, slots=True)
class Candle:
    """Prices in quote currency and volume in base currency of the period that begins at `start_s` (epoch seconds).

    Floats, because Peatio computes them from floats and Hummingbot stores floats.
    """

    start_s: int
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True, slots=True)
class Ticker:
    """A market's figures of the last 24 hours. `bid` and `ask` are None from 2.4 on, `quote_volume` before 2.4."""

    last: Decimal
    bid: Decimal | None
    ask: Decimal | None
    base_volume: Decimal
    quote_volume: Decimal | None

    @property
    def price(self) -> Decimal | None:
        """The middle of the best prices if the ticker has them, else the last price; None without any trade."""
        if self.bid is not None and self.ask is not None and ZERO < self.bid <= self.ask:
            return (self.bid + self.ask) / 2
        return self.last if self.last > ZERO else None


def candles_of(rows: Iterable[Candle | None]) -> list[Candle]:
    """The rows of k-line sorted by time; of two for one period the later one."""
    candles = {candle.start_s: candle for candle in rows if candle is not None}
    return [candles[start_s] for start_s in sorted(candles)]


def streamed_candle_rows(payload: Any) -> list[Any]:
    """The rows in a message of a kline stream: mostly it is one row itself."""
    is_list = isinstance(payload, list) and any(isinstance(row, list) for row in payload)
    return payload if is_list else [payload]


def parse_candle(row: Any) -> Candle | None:
    """A row of k-line or of a kline stream; None for a period without prices.

    :raises MessageError: when it is not `[ts, open, high, low, close, volume]`
    """
    if len(as_list(row, "candle")) < 6:
        raise MessageError(f"A candle must have six numbers: {row!r:.80}")
    if None in row[1:5]:
        return None  # the exchange's time series database has nothing for that period
    try:
        start, *prices = (0.0 if value is None else float(value) for value in row[:6])
    except (TypeError, ValueError, OverflowError) as error:
        raise MessageError(f"A candle must have six numbers: {row!r:.80}") from error
    if not all(map(math.isfinite, (start, *prices))) or min(start, *prices) < 0:
        raise MessageError(f"A candle's numbers must be finite and not negative: {row!r:.80}")
    return Candle(int(start / 1e3 if start > _LAST_SECOND else start), *prices)


def without_gaps(candles: Iterable[Candle], interval_s: int, until_s: float) -> Iterator[Candle]:
    """The candles, with a flat one (the last close, no volume) for each missing period between and after them.

    Not every Peatio has candles for periods without trades.

    :param candles: sorted by time
    :param until_s: epoch seconds; the last candle begins at this time or before
    """
    last: Candle | None = None
    for candle in candles:
        if last is not None:
            yield from _flat(last, interval_s, candle.start_s - 1)
        yield candle
        last = candle
    if last is not None:
        yield from _flat(last, interval_s, until_s)


def _flat(last: Candle, interval_s: int, until_s: float) -> Iterator[Candle]:
    for start_s in range(last.start_s + interval_s, int(until_s) + 1, interval_s):
        yield Candle(start_s, last.close, last.close, last.close, last.close, 0.0)


def parse_ticker(item: tuple[str, Any]) -> tuple[str, Ticker]:
    """Market symbol and ticker, from an item of public/markets/tickers.

    Up to 2.3 `volume` is in base currency and the ticker has the best prices; since 2.4 `volume` is the total in quote
    currency and `amount` the total in base currency.

    :raises MessageError: when the ticker cannot be read
    """
    market, entry = item
    row = as_object(as_object(entry, "ticker").get("ticker", entry), "ticker")
    volume = as_decimal(row.get("volume") or "0", "ticker's volume")
    amount = row.get("amount")
    bid, ask = (None if row.get(side) is None else as_decimal(row[side], side) for side in ("buy", "sell"))
    ticker = Ticker(
        last=as_decimal(row.get("last") or "0", "last price"),
        bid=bid,
        ask=ask,
        base_volume=volume if amount is None else as_decimal(amount, "ticker's amount"),
        quote_volume=None if amount is None else volume,
    )
    return market, ticker
