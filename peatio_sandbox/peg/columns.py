"""The arithmetic of a pegged coin: amounts as columns of satoshi, of which the peg makes the lower ones reserve.

Seen on the real code: 1200 columns; of new coins a column gets a hundredth of what the columns before it left, rounded
down, and the last one the rest. At peg p the columns from p on are liquid, those below it are reserve. Integers only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

COLUMNS = 1200
#: Satoshi of a coin.
COIN = 100_000_000
#: The network's peg is at most this.
HIGHEST_PEG = 1198
#: An exchange computes with the network's peg plus this.
BUFFER = 3

Columns = list[int]


def level_of(peg: int) -> int:
    """Return the number of the first liquid column at the network's peg; one column always stays liquid."""
    return min(peg + BUFFER, COLUMNS - 1)


def nothing() -> Columns:
    """Return columns of nothing."""
    return [0] * COLUMNS


def minted(amount: int) -> Columns:
    """Return new coins as columns.

    Args:
        amount: satoshi.

    Raises:
        ValueError: the amount is negative.
    """
    if amount < 0:
        raise ValueError(f"an amount cannot be negative: {amount}")
    columns = []
    for _ in range(COLUMNS - 1):
        part = amount // 100
        columns.append(part)
        amount -= part
    columns.append(amount)
    return columns


def liquid_of(columns: Sequence[int], level: int) -> int:
    """Return the satoshi in the columns from ``level`` on."""
    return sum(columns[level:])


def split(columns: Sequence[int], level: int) -> tuple[Columns, Columns]:
    """Return the reserve part and the liquid part, each as columns."""
    blank_above, blank_below = [0] * (COLUMNS - level), [0] * level
    return [*columns[:level], *blank_above], [*blank_below, *columns[level:]]


def plus(one: Iterable[int], other: Iterable[int]) -> Columns:
    """Return the sum, column by column."""
    return [a + b for a, b in zip(one, other, strict=True)]


def minus(one: Iterable[int], other: Iterable[int]) -> Columns:
    """Return the difference, column by column."""
    return [a - b for a, b in zip(one, other, strict=True)]


def slice_of(columns: Sequence[int], amount: int) -> Columns:
    """Return ``amount`` satoshi of the columns: a proportional part of each, rounded down, then single satoshi from
    the lowest column up until the amount is exact.

    Raises:
        ValueError: the amount is negative or more than there is.
    """
    total = sum(columns)
    if not 0 <= amount <= total:
        raise ValueError(f"cannot take {amount} of {total}")
    if amount == 0:
        return nothing()
    part = [column * amount // total for column in columns]
    short = amount - sum(part)
    while short:
        for index, column in enumerate(columns):
            if short and part[index] < column:
                part[index] += 1
                short -= 1
    return part
