"""What the judge sees of one account: the exchange's ledger, and what the account's bot announced and recorded."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from simulation.bots import Bot
from simulation.order_numbers import NumberOf
from simulation.pegged import PegRecord
from test.chaos.evidence import Evidence, Ledger, read_ledger, turned_up_in_text
from test.chaos.reports import Created, Ended, Filled, Intended

# A request that is held up longer than anybody waits for it is stored too late to be surely the bot's. The connector
# names such an order and leaves it alone (docs/reference/reliability.md), unless the account is the bot's alone.
_GIVEN_UP = re.compile(r"The exchange has no order like (\S+)\.")
_TOO_LATE = re.compile(r"Order (\S+) looks like the lost order (\S+) ")


def evidence_of(bot: Bot, log: str, others: Collection[Bot] = (), account_log: str = "") -> Evidence:
    """
    :param log: of all the bot's lives
    :param others: other bots on the same account, whose orders are none of this one's business
    :param account_log: of all bots on the account
    """
    assert bot.life is not None
    assert bot.life.status is not None
    member = bot.choice.member
    ledger = read_ledger(bot.exchange.sandbox, member, bot.exchange.start_funds[member])
    too_late = frozenset() if bot.choice.is_exclusive else left_alone(account_log or log, bot.number_of)
    if bot.exchange.peg is not None:
        too_late |= _ended_before_they_were_named(too_late, bot.exchange.peg, ledger) - set(_claims(bot))
    not_its_own = {*too_late, *(order_id for other in others for order_id in _claims(other))}
    if not bot.choice.is_exclusive:
        peg = bot.exchange.peg
        ended = frozenset() if peg is None else peg.left_nothing(ledger)
        claimed = {order_id for one in (bot, *others) for order_id in _claims(one)}
        for one in (bot, *others):
            not_its_own.update(_ended_late(one, ledger, account_log or log, ended, claimed))
    return Evidence(
        bot.lives(), bot.records(), _without(ledger, not_its_own), bot.life.status, turned_up_in_text(log)
    )


def left_alone(log: str, number_of: NumberOf) -> frozenset[str]:
    """The numbers of orders that the connector says it leaves alone."""
    return frozenset(number_of(order_id) for order_id, _ in _TOO_LATE.findall(log))


def _ended_before_they_were_named(named: Collection[str], peg: PegRecord, ledger: Ledger) -> frozenset[str]:
    """Orders in whose place one is that the connector named. A cycle ended them, perhaps while their creates were still
    looked for; one that was filled has to be named itself."""
    return peg.former(named) - {fill.order_id for fill in ledger.fills}


def _ended_late(
    bot: Bot, ledger: Ledger, log: str, ended: Collection[str], claimed: Collection[str]
) -> Iterator[str]:
    """Orders of creates that the connector gave up, and that were rejected, that found nothing in the market, or that a
    cycle ended: nothing names them. One that is open for long, with nobody who names it, is found during the run.

    The next life gives up in silence what a process was asked for that died before it had an answer.

    :param ended: what cycles ended, unfilled and with none in their place that was open
    :param claimed: what the account's bots say are their own: a like order of one is none that another one gave up
    """
    given_up = set(_GIVEN_UP.findall(log))
    for life in bot.lives():
        if life.was_killed:
            answered = {line.client_order_id for line in life.lines if isinstance(line, Created | Ended)}
            given_up |= {line.client_order_id for line in life.lines if isinstance(line, Intended)} - answered
    intents = {
        _asked_for(line, ledger)
        for life in bot.lives()
        for line in life.lines
        if isinstance(line, Intended) and line.client_order_id in given_up
    }
    filled = {fill.order_id for fill in ledger.fills}
    for order in ledger.orders:
        fingerprint = order.pair, order.side, order.amount, order.price
        # The engine cancels a market order that nothing in the book can fill.
        has_found_nothing = order.price is None and order.state == "cancel" and order.order_id not in filled
        has_ended = order.state == "reject" or has_found_nothing or order.order_id in ended
        if has_ended and order.order_id not in claimed and fingerprint in intents:
            yield order.order_id


def _asked_for(intent: Intended, ledger: Ledger) -> tuple[object, ...]:
    amount_step, price_step = ledger.steps[intent.pair]
    price = None if intent.price is None else intent.price.quantize(price_step, rounding=ROUND_DOWN)
    return intent.pair, intent.side, intent.amount.quantize(amount_step, rounding=ROUND_DOWN), price


def _claims(bot: Bot) -> Iterator[str]:
    """The ids of the orders that a bot says are its own."""
    for life in bot.lives():
        yield from (line.order_id for line in life.lines if isinstance(line, Created | Filled))
    records = bot.records()
    yield from (order.order_id for order in records.orders.values())
    yield from (row.order_id for row in records.journal.values() if row.order_id is not None)


def _without(ledger: Ledger, order_ids: Collection[str]) -> Ledger:
    """The ledger without these orders; what they traded has changed the funds to begin with."""
    fills = [fill for fill in ledger.fills if fill.order_id in order_ids]
    start = dict(ledger.start)
    for fill in fills:
        base, quote = fill.pair.split("-")
        sign = 1 if fill.side == "buy" else -1
        _change(start, base, sign * fill.amount)
        _change(start, quote, -sign * fill.total)
        for currency, fee in fill.fees.items():
            _change(start, currency, -fee)
    return replace(
        ledger,
        orders=[order for order in ledger.orders if order.order_id not in order_ids],
        fills=[fill for fill in ledger.fills if fill.order_id not in order_ids],
        in_engine=ledger.in_engine - frozenset(order_ids),
        start=start,
    )


def _change(funds: dict[str, Decimal], currency: str, amount: Decimal) -> None:
    funds[currency] = funds.get(currency, Decimal(0)) + amount

