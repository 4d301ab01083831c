"""The table in docs/operate/liquidity.md of what a mirror costs in requests, from a seed, by the controller's code.

The source's mid walks at random, and its depth changes with it; in one market a level of each side comes and goes. What
the controller would send is counted; nothing limits it, and every request takes effect at once.
"""

import random
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache, partial
from typing import Any

from peatio_liquidity.config import LiquidityConfig
from peatio_liquidity.depth import Funds, wanted_levels
from peatio_liquidity.flicker import Flicker
from peatio_liquidity.levels import Book, Level, MarketRules
from peatio_liquidity.quotes import Quote, changes

HEAD = "| levels a side | settings | quiet market | busy market | flickering level |\n| --- | --- | --- | --- | --- |\n"
SEED = 7
SECONDS, CHANGES_A_SECOND = 120, 5
DEPTH = 40
#: Of the mid within a minute, as a part of it: one standard deviation.
QUIET, BUSY = 0.0002, 0.001
CURVE = [(Decimal(number) * Decimal("0.0005"), Decimal("0.1")) for number in range(10)]
#: Levels of a side, what differs from the usual settings, and that as it is set.
ROWS: tuple[tuple[int, str, dict[str, Any]], ...] = (
    (5, "usual", {}),
    (10, "usual", {}),
    (20, "usual", {}),
    (10, "`price_tolerance: 0.0005`, as `level_distance`", {"price_tolerance": Decimal("0.0005")}),
    (10, "`price_tolerance: 0.001`", {"price_tolerance": Decimal("0.001")}),
    (10, "`amount_tolerance: 0.5`", {"amount_tolerance": Decimal("0.5")}),
    (10, "both", {"price_tolerance": Decimal("0.001"), "amount_tolerance": Decimal("0.5")}),
    (10, "`depth_curve`", {"depth_curve": CURVE}),
    (10, "`flicker_hold_s: 0`", {"flicker_hold_s": 0.0}),
)
RULES = MarketRules(Decimal("0.01"), Decimal("0.000001"), Decimal("0.0001"))
PLENTY = Funds(*[Decimal(10**9)] * 4)


#: The place of the level that comes and goes, of each side.
FLICKERING = 3


def books(movement: float, flickers: bool = False) -> Iterator[Book]:
    """The source's, one a change.

    :param flickers: in every second one a level is missing, and nothing else changes
    """
    draw = random.Random(SEED)
    step = movement / (60 * CHANGES_A_SECOND) ** 0.5
    mid = 30_000.0
    amounts = {is_bid: [draw.uniform(0.1, 2.0) for _ in range(DEPTH)] for is_bid in (True, False)}
    for number in range(SECONDS * CHANGES_A_SECOND):
        if not flickers:
            mid *= 1 + draw.gauss(0, step)
            for side in amounts.values():
                side[draw.randrange(DEPTH)] = draw.uniform(0.1, 2.0)
        book = Book(*(_side(mid, is_bid, amounts[is_bid]) for is_bid in (True, False)))
        yield _without(book, FLICKERING) if flickers and number % 2 else book


def _without(book: Book, place: int) -> Book:
    return Book(*((*book.side(is_bid)[:place], *book.side(is_bid)[place + 1 :]) for is_bid in (True, False)))


def _side(mid: float, is_bid: bool, amounts: list[float]) -> tuple[Level, ...]:
    """A level each 0.03 % from the mid."""
    away = -1 if is_bid else 1
    return tuple(
        Level(Decimal(f"{mid * (1 + away * 0.0003 * (number + 0.5)):.2f}"), Decimal(f"{amount:.3f}"))
        for number, amount in enumerate(amounts)
    )


def requests(config: LiquidityConfig, sources: Iterable[Book]) -> int:
    """How many creates and cancels follow the source, the first quotes included."""
    quotes: dict[str, Quote] = {}
    count = cancelled = 0
    flicker, hold_s = Flicker(), config.flicker_hold_s
    for number, source in enumerate(sources):
        now_s = number / CHANGES_A_SECOND
        wanted = wanted_levels(source, config.shape, Decimal(1), RULES, PLENTY, Book())
        flicker.look(wanted, config.amount_tolerance, hold_s, now_s)
        held = partial(flicker.held, wanted=wanted, reach=config.spread / 2, hold_s=hold_s, now_s=now_s)
        sent = changes(list(quotes.values()), wanted, config.tolerance, held)
        for key in sent.cancels:
            del quotes[key]
        for is_bid, level in sent.creates:
            count += 1
            quotes[str(count)] = Quote(str(count), is_bid, level.price, level.amount)
        cancelled += len(sent.cancels)
    return count + cancelled


@cache
def costs() -> tuple[tuple[int, ...], ...]:
    """Creates and cancels a minute, of each row: in a quiet market, a busy one, with a flickering level."""
    usual = LiquidityConfig(
        id="costs", source_pair="BTC-USD", bid_budget_quote=10**9, ask_budget_base=10**9, max_exposure_base=10**9
    )
    found = []
    for levels, _, update in ROWS:
        config = usual.model_copy(update={"levels": levels, **update})
        markets = (books(QUIET), books(BUSY), books(QUIET, flickers=True))
        found.append(tuple(round(requests(config, market) * 60 / SECONDS) for market in markets))
    return tuple(found)


def with_costs(text: str) -> str:
    """A page with the rows as they are now."""
    before, head, after = text.partition(HEAD)
    _, _, rest = after.partition("\n\n")
    rows = (
        f"| {levels} | {words} | {' | '.join(map(str, cost))} |"
        for (levels, words, _), cost in zip(ROWS, costs(), strict=True)
    )
    return before + head + "\n".join(rows) + "\n\n" + rest
