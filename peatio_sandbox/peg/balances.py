"""What each user of the exchange holds. Pure bookkeeping; every operation happens whole or raises and changes nothing.

A user's reserve is columns of their own. A user's liquid is a number: the liquid columns of all users are one pool, of
which every user draws a proportional part again at each cycle (seen on the real code). So what is liquid after a cycle
depends on the way the peg took and cannot be computed from the peg alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from peatio_sandbox.peg.columns import Columns, minted, minus, nothing, plus, slice_of, split

Style = Literal["liquid", "reserve"]


class ShortOfFundsError(Exception):
    """A user does not hold what an operation wants to take."""

    def __init__(self, style: Style) -> None:
        super().__init__(f"Insufficient {style} balance")
        self.style: Style = style


@dataclass(slots=True)
class Holding:
    """One user's coins: ``liquid`` satoshi of the common pool, and reserve columns of their own."""

    liquid: int = 0
    reserve_columns: Columns = field(default_factory=nothing)

    @property
    def reserve(self) -> int:
        """Return the satoshi in reserve."""
        return sum(self.reserve_columns)


class Balances:
    """All holdings at one level of the peg.

    Args:
        level: the first liquid column (`peatio_sandbox.peg.columns.level_of`).
    """

    def __init__(self, level: int) -> None:
        self.level = level
        self.holdings: dict[str, Holding] = {}
        self._pool: Columns = nothing()

    def holding(self, user: str) -> Holding:
        """Return a user's holding; a user who was not known has nothing."""
        return self.holdings.setdefault(user, Holding())

    @property
    def liquid(self) -> int:
        """Return the liquid satoshi of all users."""
        return sum(self._pool)

    @property
    def reserve(self) -> int:
        """Return the reserve satoshi of all users."""
        return sum(holding.reserve for holding in self.holdings.values())

    def deposit(self, user: str, amount: int) -> None:
        """Add new coins: a part of them is liquid, the rest reserve.

        Raises:
            ValueError: the amount is negative.
        """
        reserve, liquid = split(minted(amount), self.level)
        holding = self.holding(user)
        holding.liquid += sum(liquid)
        holding.reserve_columns = plus(holding.reserve_columns, reserve)
        self._pool = plus(self._pool, liquid)

    def trade(self, seller: str, buyer: str, amount: int, style: Style) -> None:
        """Move an amount from one user to another.

        Raises:
            ShortOfFundsError: the seller has less of that style.
            ValueError: the amount is negative.
        """
        if amount < 0:
            raise ValueError(f"an amount cannot be negative: {amount}")
        giving = self.holdings.get(seller, Holding())
        if amount > (giving.liquid if style == "liquid" else giving.reserve):
            raise ShortOfFundsError(style)
        receiving = self.holding(buyer)
        if style == "liquid":
            giving.liquid -= amount
            receiving.liquid += amount
        else:
            moved = slice_of(giving.reserve_columns, amount)
            giving.reserve_columns = minus(giving.reserve_columns, moved)
            receiving.reserve_columns = plus(receiving.reserve_columns, moved)

    def move_available(self, seller: str, buyer: str, amount: int, style: Style) -> None:
        """As `trade`; what the seller is short of in one style is taken from the other, and then what there is.

        So trades that were taken on the balances of before a cycle are applied to those after it (read in the sources).
        """
        other: Style = "reserve" if style == "liquid" else "liquid"
        for each in (style, other):
            holding = self.holdings.get(seller, Holding())
            part = min(amount, holding.liquid if each == "liquid" else holding.reserve)
            self.trade(seller, buyer, part, each)
            amount -= part

    def withdraw(self, user: str, amount: int, style: Style) -> None:
        """Take coins out of the exchange.

        Raises:
            ShortOfFundsError: the user has less of that style.
        """
        holding = self.holdings.get(user, Holding())
        if amount > (holding.liquid if style == "liquid" else holding.reserve):
            raise ShortOfFundsError(style)
        if style == "liquid":
            self._pool = minus(self._pool, slice_of(self._pool, amount))
            holding.liquid -= amount
        else:
            holding.reserve_columns = minus(holding.reserve_columns, slice_of(holding.reserve_columns, amount))

    def moved_to(self, level: int) -> Balances:
        """Return the holdings at another level of the peg; nobody's sum of liquid and reserve changes."""
        result = Balances(level)
        pool = self._pool
        for user, holding in self.holdings.items():
            drawn = slice_of(pool, holding.liquid)
            pool = minus(pool, drawn)
            reserve, liquid = split(plus(holding.reserve_columns, drawn), level)
            result.holdings[user] = Holding(sum(liquid), reserve)
            result._pool = plus(result._pool, liquid)
        return result

    def copy(self) -> Balances:
        """Return holdings that change apart from these."""
        result = Balances(self.level)
        result._pool = list(self._pool)
        result.holdings = {
            user: Holding(holding.liquid, list(holding.reserve_columns)) for user, holding in self.holdings.items()
        }
        return result
