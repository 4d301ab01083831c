"""After the last fault: the mirror quotes again, and what was taken is hedged, each in bounded time."""

import asyncio
from collections.abc import Callable, Collection

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS

from peatio_liquidity.markets import MISSING_S
from peatio_liquidity.source_market import ABSENT_AFTER_S
from simulation.loop import SimulatedLoop
from simulation.mirror.audit import under_way
from simulation.mirror.bots import QuotesBot
from simulation.mirror.journal import read_journal
from simulation.mirror.ledger import ZERO, Ledgers, open_orders
from simulation.mirror.operator import Operator
from simulation.mirror.plan import MARKET
from simulation.monitors.liveness import BOUND_S
from simulation.monitors.views import has_crossed_book

#: From the last fault until quotes stand on both sides: the process trades, and what was lost counts no more.
QUOTES_S = BOUND_S + MISSING_S
#: From quotes on both sides until nothing is left to hedge: a hedge is looked for and given up, cancelled when it
#: rests, and sent again, twice.
HEDGED_S = 2 * (
    CONSTANTS.REQUEST_TIMEOUT_S + CONSTANTS.LOOKUP_LIMIT_S + CONSTANTS.CANCEL_PENDING_LIMIT_S + ABSENT_AFTER_S
)
LOOK_S = 1.0


async def quotes_again(loop: SimulatedLoop, bot: QuotesBot, operator: Operator) -> str:
    """Waits for live quotes on both sides.

    :return: what is wrong after `QUOTES_S`, which begin again with the operator's work; "" where they came in time, or
        where no book can be had that is not crossed: the mirror waits for one
    """
    since_s = loop.true_s
    while loop.true_s < operator.deadline_s(since_s, QUOTES_S):
        sides = {order.side for order in open_orders(bot) if order.state == "wait"}
        if sides == {"buy", "sell"} and not bot.is_away:
            return ""
        await asyncio.sleep(LOOK_S)
    if has_crossed_book(bot.exchange, MARKET):
        return ""
    return f"{bot.choice.name} does not quote both sides {QUOTES_S:g} s after the last fault: {_verdict(bot)}"


async def is_hedged(
    loop: SimulatedLoop,
    ledgers: Ledgers,
    bot: QuotesBot,
    operator: Operator,
    left_alone: Callable[[], Collection[str]],
) -> str:
    """Waits until less than the source's minimum is left, and no hedge is under way.

    :param left_alone: the ids of the orders that the mirror has reported as left alone and nobody has settled
    :return: what is wrong after `HEDGED_S`, which begin again with the operator's work
    """
    minimum = ledgers.hedges.exchange.sandbox.exchange.markets[MARKET].min_amount
    since_s = loop.true_s
    while True:
        journal = read_journal(bot.folder)
        pending = under_way(ledgers, journal)
        is_quiet = not (open_orders(ledgers.hedges) or pending or operator.is_called)
        exposure = ledgers.exposure(left_alone())
        if abs(exposure) < minimum and is_quiet:
            return ""
        if loop.true_s > operator.deadline_s(since_s, HEDGED_S):
            known = sum(journal.fills.values(), ZERO)
            return (
                f"{exposure.normalize():f} are not hedged after {HEDGED_S:g} s ({known.normalize():f} by the hedge "
                f"journal, hedges under way: {[row.number for row in pending]}): {_verdict(bot)}"
            )
        await asyncio.sleep(LOOK_S)


def _verdict(bot: QuotesBot) -> str:
    controller = None if bot.life is None else bot.life.controller
    if controller is None:
        return "there is no controller"
    return f"bids {controller.verdict.bids or 'on'}, asks {controller.verdict.asks or 'on'}"
