"""Which live quote stands for which wanted level: as many as possible, so that few are replaced. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from peatio_liquidity.levels import ZERO, Level


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What need not be refreshed.

    :ivar price: the distance of a quote from its level, as a part of the price
    :ivar amount: the difference of the amounts, as a part of the wanted one
    """

    price: Decimal
    amount: Decimal


def matched(quotes: Sequence[Level], wanted: Sequence[Level], tolerance: Tolerance) -> list[tuple[int, int]]:
    """The pairs of a quote and the level it stands for, by their places in what is given.

    Both keep the order of their prices: of two quotes the higher one never stands for the lower level. Of all such
    pairings it is one with the most pairs, and of these the one whose prices are nearest. Taking the nearest pair first
    finds fewer: once all prices have moved by more than half the distance of two levels, each quote would take its
    neighbour's level.
    """
    rows = sorted(range(len(quotes)), key=lambda number: quotes[number].price)
    columns = sorted(range(len(wanted)), key=lambda number: wanted[number].price)
    reaches = [_reach(wanted[number], tolerance) for number in columns]
    # best[i][j]: pairs among the first i quotes and j levels, and minus the sum of their distances.
    best = [[(0, ZERO)] * (len(columns) + 1)]
    for number in rows:
        price, amount = quotes[number].price, quotes[number].amount
        above, line = best[-1], [(0, ZERO)]
        for place, (low, high, least, most) in enumerate(reaches):
            found = max(above[place + 1], line[place])
            if low <= price <= high and least <= amount <= most:
                count, distance = above[place]
                found = max(found, (count + 1, distance - abs(price - wanted[columns[place]].price)))
            line.append(found)
        best.append(line)
    return _pairs(best, rows, columns)


def _reach(level: Level, tolerance: Tolerance) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    price, amount = level.price * tolerance.price, level.amount * tolerance.amount
    return level.price - price, level.price + price, level.amount - amount, level.amount + amount


def _pairs(
    best: Sequence[Sequence[tuple[int, Decimal]]], rows: Sequence[int], columns: Sequence[int]
) -> list[tuple[int, int]]:
    """The pairing that led to the last cell."""
    pairs, row, column = [], len(rows), len(columns)
    while row and column:
        if best[row][column] == best[row - 1][column]:
            row -= 1
        elif best[row][column] == best[row][column - 1]:
            column -= 1
        else:
            row, column = row - 1, column - 1
            pairs.append((rows[row], columns[column]))
    return pairs
