"""A market's past from a CSV file: one candle a line, oldest first."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path

from peatio_sandbox.exchange.candle import Candle
from peatio_sandbox.exchange.decimals import EXACT, ZERO
from peatio_sandbox.exchange.market import Market
from peatio_sandbox.exchange.market_data import PERIODS
from peatio_sandbox.exchange.past import Series, make_candle

#: The columns, as Hummingbot's candle feeds name them; others are not read.
COLUMNS = ("timestamp", "open", "high", "low", "close", "volume")
_OTHER_NAMES = {"time": "timestamp", "date": "timestamp", "open_time": "timestamp"}
#: Epoch times from these on are milliseconds, and microseconds.
_MS_FROM, _US_FROM = 10**11, 10**14
#: A number that no market has, and a microsecond of the year 5138.
_TOO_LARGE = 10**17
_NUMBER_REMEDY = "write a number such as 30000.5"


class CandleFileError(ValueError):
    """A file of candles cannot be used.

    Attributes:
        problem: what is wrong, with the file, the line and the column.
        remedy: what to write instead.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}; remedy: {remedy}")
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the file, and where it is, for messages."""

    file: str
    line: int
    cells: dict[str, str]

    def error(self, column: str, problem: str, remedy: str) -> CandleFileError:
        return CandleFileError(f"{self.file}, line {self.line}, column {column}: {problem}", remedy)

    def number(self, column: str) -> Decimal:
        text = self.cells[column]
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) >= _TOO_LARGE:
            raise self.error(column, f"{text!r} is not a number" if text else "it is empty", _NUMBER_REMEDY)
        return number

    def price(self, column: str, market: Market) -> Decimal:
        """Return a price as the market can have it."""
        price = self.number(column)
        step = Decimal(1).scaleb(-market.price_precision, EXACT)
        rounded = price.quantize(step, context=EXACT)
        if rounded < max(market.min_price, step) or ZERO < market.max_price < rounded:
            limits = f"from {market.min_price}" + (f" to {market.max_price}" if market.max_price else " on")
            raise self.error(column, f"{market.symbol} cannot have the price {price}", f"write a price {limits}")
        return rounded

    def volume(self) -> Decimal:
        volume = self.number("volume")
        if volume < ZERO:
            raise self.error("volume", f"{volume} is negative", "write 0 or more, in the market's base currency")
        return volume

    def time_s(self) -> int:
        """Return the start of the candle in epoch seconds."""
        text = self.cells["timestamp"]
        number: Decimal | None
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = _iso_time_s(text)
        if number is None or not number.is_finite() or not 0 <= number < _TOO_LARGE:
            remedy = "write epoch seconds (1700000000), milliseconds, or a time such as 2023-11-14T22:13:00Z"
            raise self.error("timestamp", f"{text!r} is not a time", remedy)
        unit = 10**6 if number >= _US_FROM else 10**3 if number >= _MS_FROM else 1
        return int(number / unit)


def read_candles(path: Path, market: Market) -> Series:
    """Read a file of candles; prices are rounded to the market's precision.

    Raises:
        CandleFileError: it is no such file.
        OSError: it cannot be read.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            return parse_candles(str(path), file, market)
        except UnicodeDecodeError:
            raise CandleFileError(f"{path} is no text", "a CSV file in UTF-8") from None


def parse_candles(name: str, lines: Iterable[str], market: Market) -> Series:
    """Read the lines of a file of candles.

    Raises:
        CandleFileError: they are none.
    """
    rows = list(_rows(name, lines))
    if len(rows) < 2:
        raise CandleFileError(f"{name} has {len(rows)} candles", "give at least two: their distance is their period")
    times_s = [row.time_s() for row in rows]
    period = _period(rows, times_s)
    candles = tuple(_candle(row, at_s, market) for row, at_s in zip(rows, times_s, strict=True))
    return Series(market, period, candles)


def _rows(name: str, lines: Iterable[str]) -> Iterator[_Row]:
    reader = csv.reader(lines)
    names: list[str] | None = None
    try:
        for cells in reader:
            texts = [cell.strip() for cell in cells]
            if not any(texts):
                continue
            if names is None:
                names = _names(name, reader.line_num, texts)
                if not _is_number(texts[0]):
                    continue
            yield _row(name, reader.line_num, names, texts)
    except csv.Error as error:
        raise CandleFileError(f"{name}, line {reader.line_num}: {error}", "a CSV file with commas") from None


def _names(name: str, line: int, texts: Sequence[str]) -> list[str]:
    """Return the names of the columns: the first line's, or the usual ones where that is a candle already."""
    if _is_number(texts[0]):
        return [*COLUMNS, *("" for _ in texts[len(COLUMNS) :])]
    names = [_OTHER_NAMES.get(text.lower(), text.lower()) for text in texts]
    for column in COLUMNS:
        if column not in names:
            raise CandleFileError(
                f"{name}, line {line}: there is no column {column}", f"name the columns {','.join(COLUMNS)}"
            )
    return names


def _row(name: str, line: int, names: Sequence[str], texts: Sequence[str]) -> _Row:
    cells = dict(zip(names, texts, strict=False))
    row = _Row(name, line, cells)
    for column in COLUMNS:
        if column not in cells:
            raise row.error(column, "it is missing", f"each line has {','.join(COLUMNS)}")
    return row


def _period(rows: Sequence[_Row], times_s: Sequence[int]) -> int:
    """Return the period in minutes: the shortest distance of two candles."""
    steps_s = [at_s - before_s for before_s, at_s in pairwise(times_s)]
    for row, step_s in zip(rows[1:], steps_s, strict=True):
        if step_s <= 0:
            raise row.error("timestamp", "it is not later than the line before", "sort the lines, oldest first")
    shortest_s = min(steps_s)
    row = rows[1 + steps_s.index(shortest_s)]
    if shortest_s not in {period * 60 for period in PERIODS}:
        periods = ", ".join(map(str, PERIODS))
        raise row.error(
            "timestamp", f"{shortest_s} s after the line before is no period", f"periods have {periods} minutes"
        )
    for row, step_s in zip(rows[1:], steps_s, strict=True):
        if step_s % shortest_s:
            raise row.error(
                "timestamp",
                f"{step_s} s after the line before, where the period is {shortest_s} s",
                "the distance is a multiple of the period; a period without trades may be left out",
            )
    return shortest_s // 60


def _candle(row: _Row, at_s: int, market: Market) -> Candle:
    opened, high, low, close = (row.price(column, market) for column in ("open", "high", "low", "close"))
    if high < max(opened, low, close):
        raise row.error("high", f"{high} is below another price of the line", "high is the highest of the four prices")
    if low > min(opened, close):
        raise row.error("low", f"{low} is above another price of the line", "low is the lowest of the four prices")
    return make_candle(market, at_s, (opened, high, low, close), row.volume())


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _iso_time_s(text: str) -> Decimal | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return Decimal((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
