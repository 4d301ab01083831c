"""Available balances are never more than the exchange would grant.

**Definition.** At an instant at which a strategy can look, and for each currency:

    available (connector) <= free (exchange's ledger) + unknowable

*Free* is what the exchange would lock for one more order at that instant. A correct connector is never above it by
itself, whatever is under way between the two, because `available = total - reserved - locks of others`
(docs/reference/reliability.md, Balances), and each event reaches the two sides in the safe order:

- A create reserves before its request leaves; the exchange locks later, or refuses. Meanwhile available is lower.
- A fill takes what it spends from what is locked, here and there, and raises the free funds by what it receives: at
  the exchange first, here with its report.
- An end sets the rest free at the exchange first, here with its report.

*Unknowable* is what the exchange has locked and nothing has shown to this bot yet. It is counted from the exchange's
own records, each part for as long only as no message can have shown it:

- The lock of an open market buy of this bot: Peatio estimates it from its own book at that instant, and no report has
  it (docs/protocol.md section 4.6).
- What an order of somebody else on the account has taken (its lock, and what it spent of that) that went live after the
  exchange read the last balances that reached this bot and can be read. An event may show it earlier, but events are
  lost; and balances that are read while orders of the account change cannot be distinguished from what is about to be
  reported.
- What an order of this bot has taken that was looked for, not found and given up, and was stored after that, until its
  row in the journal has the exchange's id. Where the row never gets it (an order that was stored too late to be surely
  the bot's), the order counts as somebody else's.

The lock of an order that is only not answered yet is **not** unknowable: the connector sent it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from simulation.monitors.episodes import Episodes
from simulation.monitors.violation import Property, Violation

ZERO = Decimal(0)


@dataclass(frozen=True)
class TakingOrder:
    """An order that takes funds, as the exchange's database has it.

    :ivar pays_with: the currency that it locks, as Hummingbot writes it
    :ivar taken: how much of it is locked now, nothing while the order is `pending`, and how much it has spent
    :ivar is_open_market_buy: whether its lock is an estimate
    :ivar taken_at_s: when it was published that the order is live, or that it has traded; None before
    :ivar creator: the bot whose host sent the create; "" for anybody else
    """

    order_id: str
    pays_with: str
    taken: Decimal
    is_open_market_buy: bool
    taken_at_s: float | None
    creator: str


@dataclass(frozen=True)
class Knowledge:
    """What one bot can know of its account.

    :ivar balances_read_at_s: when the exchange read the last balances that surely reached the bot
    :ivar own_ids: ids of orders at the exchange that the bot's journal has, or that the bot announced
    :ivar given_up: how many rows of the journal wait for an order that was not found
    """

    bot: str
    balances_read_at_s: float
    own_ids: Collection[str]
    given_up: int


def unknowable(orders: Iterable[TakingOrder], knowledge: Knowledge) -> dict[str, Decimal]:
    """By currency: what is taken and what nothing has shown to the bot."""
    amounts: dict[str, Decimal] = {}
    for order in orders:
        is_own = order.creator == knowledge.bot
        is_shown = order.taken_at_s is not None and order.taken_at_s <= knowledge.balances_read_at_s
        if is_own:
            is_given_up = order.order_id not in knowledge.own_ids and knowledge.given_up > 0 and not is_shown
            counts = order.is_open_market_buy or is_given_up
        else:
            counts = not is_shown
        if counts:
            amounts[order.pays_with] = amounts.get(order.pays_with, ZERO) + order.taken
    return amounts


class BalanceMonitor:
    """Compares each time it is asked; a currency that stays wrong is reported once."""

    def __init__(self) -> None:
        self._episodes = Episodes()

    def check(
        self,
        at_s: float,
        who: str,
        available: Mapping[str, Decimal],
        free: Mapping[str, Decimal],
        unknown: Callable[[], Mapping[str, Decimal]],
    ) -> Iterator[Violation]:
        """
        :param available: by currency, as the connector gives it to strategies
        :param free: by currency, in the exchange's ledger
        :param unknown: as `unknowable`; asked only where the free funds do not explain the available ones
        """
        unknowable: Mapping[str, Decimal] | None = None
        for currency, amount in available.items():
            granted = free.get(currency, ZERO)
            if amount > granted:
                unknowable = unknown() if unknowable is None else unknowable
                granted += unknowable.get(currency, ZERO)
            if self._episodes.begins((who, currency), amount > granted):
                text = (
                    f"{amount.normalize():f} {currency} are available, and the exchange would grant "
                    f"{granted.normalize():f} (free: {free.get(currency, ZERO).normalize():f})"
                )
                yield Violation(Property.BALANCES, at_s, who, text)
