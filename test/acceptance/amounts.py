"""How little, at which price: computed from the market's rules and its book. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from test.acceptance.cards import SkippedError

# A resting order is this many times cheaper than the best bid, or dearer than the best ask: out of anybody's reach.
FAR = Decimal(2)
# How far from the only side of a one-sided book a trade is made.
ASIDE = Decimal("0.005")


@dataclass(frozen=True)
class Rules:
    """A market's rules, from a row of public/markets (docs/protocol.md section 3). Amounts in base, prices in quote.

    `base` and `quote` are lower case, as Peatio writes currencies.
    """

    symbol: str
    base: str
    quote: str
    amount_step: Decimal
    price_step: Decimal
    min_amount: Decimal
    min_price: Decimal
    max_price: Decimal | None

    @property
    def pair(self) -> str:
        return f"{self.base}-{self.quote}".upper()

    @property
    def smallest(self) -> Decimal:
        """The smallest amount the market takes."""
        return _rounded(max(self.min_amount, self.amount_step), self.amount_step, ROUND_CEILING)

    def price_down(self, price: Decimal) -> Decimal:
        """The highest allowed price not above `price`; 0 where there is none."""
        step = _rounded(price if self.max_price is None else min(price, self.max_price), self.price_step, ROUND_FLOOR)
        return step if step >= self.lowest_price else Decimal(0)

    def amount_down(self, amount: Decimal) -> Decimal:
        return _rounded(amount, self.amount_step, ROUND_FLOOR)

    @property
    def lowest_price(self) -> Decimal:
        return max(_rounded(self.min_price, self.price_step, ROUND_CEILING), self.price_step)


@dataclass(frozen=True)
class Book:
    """The best prices of a book, None where a side is empty, and what a unit of base is worth to begin with."""

    bid: Decimal | None
    ask: Decimal | None
    worth: Decimal


def rules_of(row: Mapping[str, Any]) -> Rules:
    """:param row: from Peatio 2.0 (`ask_unit`, `bid_precision`) to 3.1"""
    highest = Decimal(str(row.get("max_price") or 0))
    return Rules(
        symbol=str(row.get("symbol") or row["id"]),
        base=str(row.get("base_unit") or row["ask_unit"]).lower(),
        quote=str(row.get("quote_unit") or row["bid_unit"]).lower(),
        amount_step=Decimal(1).scaleb(-int(row.get("amount_precision", row.get("ask_precision")))),
        price_step=Decimal(1).scaleb(-int(row.get("price_precision", row.get("bid_precision")))),
        min_amount=Decimal(str(row.get("min_amount") or row.get("min_ask_amount") or 0)),
        min_price=Decimal(str(row.get("min_price") or 0)),
        max_price=highest if highest > 0 else None,
    )


def far_buy_price(rules: Rules, book: Book, steps: int = 0) -> Decimal:
    """A price nobody sells at; with `steps` that many price steps below.

    :raises SkippedError: when the market's lowest price is in the way
    """
    nearest = book.worth if book.bid is None else min(book.worth, book.bid)
    price = rules.price_down(nearest / FAR) - steps * rules.price_step
    if price < rules.lowest_price:
        raise SkippedError(f"the market's lowest price {rules.lowest_price} leaves no room far below {nearest}")
    return price


def far_sell_price(rules: Rules, book: Book, steps: int = 0) -> Decimal:
    """A price nobody buys at; with `steps` that many price steps above.

    :raises SkippedError: when the market's highest price is in the way
    """
    nearest = book.worth if book.ask is None else max(book.worth, book.ask)
    price = _rounded(nearest * FAR, rules.price_step, ROUND_CEILING) + steps * rules.price_step
    if rules.max_price is not None and price > rules.max_price:
        raise SkippedError(f"the market's highest price {rules.max_price} leaves no room far above {nearest}")
    return price


def meeting_price(rules: Rules, book: Book, levels: int = 1) -> Decimal:
    """The lowest of `levels` neighbouring prices between best bid and best ask, none of them anybody's.

    :raises SkippedError: when the spread leaves no room
    """
    middle = _middle(book)
    width = (levels - 1) * rules.price_step
    price = rules.price_down(middle - width / 2)
    fits_below = book.bid is None or price > book.bid
    fits_above = book.ask is None or price + width < book.ask
    if price == 0 or not fits_below or not fits_above:
        raise SkippedError(f"between best bid {book.bid} and best ask {book.ask} there is no room to meet")
    return price


def _middle(book: Book) -> Decimal:
    if book.bid is not None and book.ask is not None:
        return (book.bid + book.ask) / 2
    if book.bid is not None:
        return book.bid * (1 + ASIDE)
    if book.ask is not None:
        return book.ask * (1 - ASIDE)
    return book.worth


def _rounded(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (value / step).to_integral_value(rounding) * step
