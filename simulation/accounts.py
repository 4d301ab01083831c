"""What the judge sees of one account: the exchange's ledger, and what the account's bot announced and recorded."""

import re
from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from simulation.bots import Bot
from test.chaos.evidence import Evidence, Ledger, read_ledger, turned_up_in_text

# A request that is held up longer than anybody waits for it is stored too late to be surely the bot's. The connector
# names such an order and leaves it alone (docs/reference/reliability.md), unless the account is the bot's alone.
_TOO_LATE = re.compile(r"Order (\S+) looks like the lost order (\S+) ")


def evidence_of(bot: Bot, log: str) -> Evidence:
    """
    :param log: of all the bot's lives
    """
    assert bot.life is not None
    assert bot.life.status is not None
    member = bot.choice.member
    ledger = read_ledger(bot.exchange.sandbox, member, bot.exchange.start_funds[member])
    too_late = () if bot.choice.is_exclusive else left_alone(log)
    return Evidence(
        bot.lives(), bot.records(), _without(ledger, too_late), bot.life.status, turned_up_in_text(log)
    )


def left_alone(log: str) -> frozenset[str]:
    """The ids of orders that the connector says it leaves alone."""
    return frozenset(order_id for order_id, _ in _TOO_LATE.findall(log))


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

