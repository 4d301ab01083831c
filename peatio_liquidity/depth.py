"""From the source's book to the levels that are wanted on the own market. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from peatio_liquidity.levels import ZERO, Book, Level, MarketRules


@dataclass(frozen=True, slots=True)
class Shape:
    """How the own book is to look.

    :ivar levels: of a side, at most
    :ivar spread: how far each own price lies away from the source's, as a part of it (0.001 is 0.1 %)
    :ivar min_spread: between the own best bid and the own best ask at least, as a part of the mid
    :ivar distance: between two own levels at least, as a part of the best price; what the source has between two goes
        to the farther one, so that a hedge finds what was offered at the price that was offered
    :ivar scale: own amount for each of the source's
    :ivar max_amount: of one level, in base; None for no cap
    :ivar curve: instead of the source's shape: (distance from the source's best price as a part of it, amount in base)
        of each level, best first
    """

    levels: int
    spread: Decimal
    min_spread: Decimal = ZERO
    distance: Decimal = ZERO
    scale: Decimal = Decimal(1)
    max_amount: Decimal | None = None
    curve: tuple[tuple[Decimal, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Funds:
    """What the own quotes may be at most.

    :ivar quote: for the bids; :ivar base: for the asks
    :ivar bids: all together, in base, so that the exposure stays within its bound; :ivar asks: the same
    """

    quote: Decimal
    base: Decimal
    bids: Decimal
    asks: Decimal


def wanted_levels(source: Book, shape: Shape, rate: Decimal, rules: MarketRules, funds: Funds, others: Book) -> Book:
    """The own quotes that follow the source.

    :param source: without one's own orders
    :param rate: own quote currency for one of the source's, 1 where they are the same
    :param others: the own market's book without one's own quotes: no quote crosses it
    :return: whole prices and amounts of the own market, none of them below its minimum
    """
    bids = _priced(source, True, shape, rate, rules)
    asks = _priced(source, False, shape, rate, rules)
    bids, asks = _apart(bids, asks, shape.min_spread, rules)
    bids = _behind(bids, others.asks, True, rules)
    asks = _behind(asks, others.bids, False, rules)
    return Book(
        _funded(bids, funds.quote, funds.bids, True, rules),
        _funded(asks, funds.base, funds.asks, False, rules),
    )


def _priced(source: Book, is_bid: bool, shape: Shape, rate: Decimal, rules: MarketRules) -> list[Level]:
    side = source.side(is_bid)
    if not side:
        return []
    away = 1 - shape.spread if is_bid else 1 + shape.spread
    if shape.curve:
        sign = -1 if is_bid else 1
        raw: Iterable[Level] = (Level(side[0].price * (1 + sign * far), amount) for far, amount in shape.curve)
    else:
        raw = (Level(level.price, level.amount * shape.scale) for level in _grouped(side, is_bid, shape))
    merged: dict[Decimal, Decimal] = {}
    for level in raw:
        price = rules.price_away(level.price * rate * away, is_bid)
        merged[price] = merged.get(price, ZERO) + level.amount
    cap = shape.max_amount
    levels = (Level(price, amount if cap is None else min(amount, cap)) for price, amount in merged.items())
    return list(levels)[: shape.levels]


def _grouped(side: Sequence[Level], is_bid: bool, shape: Shape) -> Iterable[Level]:
    """Levels at least `distance` apart. One that lies nearer to the last is added to the next, the farther one."""
    gap = side[0].price * shape.distance
    last: Decimal | None = None
    waiting = ZERO
    for level in side:
        if last is not None and abs(level.price - last) < gap:
            waiting += level.amount
            continue
        yield Level(level.price, level.amount + waiting)
        last, waiting = level.price, ZERO


def _apart(
    bids: list[Level], asks: list[Level], min_spread: Decimal, rules: MarketRules
) -> tuple[list[Level], list[Level]]:
    """Both sides as far from their mid as the minimum spread wants; nearer levels move out and become one."""
    if not bids or not asks:
        return bids, asks
    mid = (bids[0].price + asks[0].price) / 2
    highest = rules.price_away(mid * (1 - min_spread / 2), True)
    lowest = rules.price_away(mid * (1 + min_spread / 2), False)
    if lowest <= highest:  # both rounded to the same price
        highest -= rules.price_step
    return _moved(bids, highest, True), _moved(asks, lowest, False)


def _behind(levels: list[Level], opposite: Sequence[Level], is_bid: bool, rules: MarketRules) -> list[Level]:
    """Behind the best price of others on the other side: a quote never takes what they offer."""
    if not opposite:
        return levels
    step = rules.price_step
    limit = rules.price_away(opposite[0].price - step if is_bid else opposite[0].price + step, is_bid)
    return _moved(levels, limit, is_bid)


def _moved(levels: list[Level], limit: Decimal, is_bid: bool) -> list[Level]:
    """Levels beyond the limit lie at the limit, as one: the largest of them, so that it never holds a sum."""
    merged: dict[Decimal, Decimal] = {}
    for level in levels:
        price = min(level.price, limit) if is_bid else max(level.price, limit)
        merged[price] = max(merged.get(price, ZERO), level.amount)
    return [Level(price, amount) for price, amount in merged.items()]


def _funded(
    levels: list[Level], left: Decimal, room: Decimal, is_bid: bool, rules: MarketRules
) -> tuple[Level, ...]:
    """The best levels first, as far as the funds and the exposure's bound reach; the last one may be smaller."""
    funded = []
    for level in levels:
        if level.price <= 0:
            continue
        affordable = left / level.price if is_bid else left
        fitted = Level(level.price, rules.amount_down(min(level.amount, affordable, room)))
        if rules.accepts(fitted):
            funded.append(fitted)
            left -= fitted.price * fitted.amount if is_bid else fitted.amount
            room -= fitted.amount
    return tuple(funded)
