"""Each live order of a bot has one owner: the bot that sent it has it in its journal and follows it, no other does.

**Recorded**, at every moment: an order that is open at the exchange and was sent from a bot's host is in that bot's
journal, on the disk, by the exchange's id, or while that is not known by a row of its own without an id that asks for
just such an order. The row is written before the request leaves and closed after the order's end, so there is no time
to wait for. No other bot's journal has it.

**Followed**, within `FOLLOWED_S`: the bot's process has the order among those that it follows. The time is what an
answer (`REQUEST_TIMEOUT_S`), a lookup (`LOOKUP_LIMIT_S`) and a full poll (`LONG_POLL_INTERVAL`) take; it counts from
the end of the last fault, or from when the process became ready. An order that was stored too late to be surely the
bot's is named in the log and left alone (docs/reference/reliability.md): it belongs to nobody.

Orders of others on the account (by hand, another program) are not looked at, except that no bot may claim them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange_py_base import ExchangePyBase

from simulation.monitors.disturbances import Disturbances
from simulation.monitors.episodes import Episodes
from simulation.monitors.violation import Property, Violation

FOLLOWED_S = CONSTANTS.REQUEST_TIMEOUT_S + CONSTANTS.LOOKUP_LIMIT_S + float(ExchangePyBase.LONG_POLL_INTERVAL)

#: Market, whether it buys, amount, price: what the exchange can tell orders apart by.
Fingerprint = tuple[str, bool, Decimal, Decimal | None]


@dataclass(frozen=True)
class LiveOrder:
    """An order that is open at the exchange.

    :ivar creator: the bot whose host sent the create; "" for anybody else
    """

    order_id: str
    fingerprint: Fingerprint
    creator: str


@dataclass(frozen=True)
class Row:
    """An open row of a journal."""

    client_order_id: str
    order_id: str | None
    fingerprint: Fingerprint


class OwnerMonitor:
    """Compares each time it is asked; an order that stays without an owner is reported once."""

    def __init__(self, disturbances: Disturbances) -> None:
        self._disturbances = disturbances
        self._episodes = Episodes()
        self._unfollowed_since_s: dict[tuple[str, str], float] = {}

    def check_recorded(
        self, at_s: float, orders: Sequence[LiveOrder], journals: Mapping[str, Sequence[Row]]
    ) -> Iterator[Violation]:
        """
        :param orders: of one account, in the order of their ids
        :param journals: the rows of each bot on the account that runs; orders of other bots are not looked at
        """
        claims: dict[str, list[str]] = {}
        for bot, rows in journals.items():
            for row in rows:
                if row.order_id is not None:
                    claims.setdefault(row.order_id, []).append(bot)
        unnamed = {bot: [row.fingerprint for row in rows if row.order_id is None] for bot, rows in journals.items()}
        for order in orders:
            trouble = self._trouble(order, claims.get(order.order_id, []), unnamed)
            if self._episodes.begins(("recorded", order.order_id), trouble is not None):
                yield Violation(Property.OWNERS, at_s, order.creator or "others", f"order {order.order_id} {trouble}")

    @staticmethod
    def _trouble(
        order: LiveOrder, claims: Sequence[str], unnamed: Mapping[str, list[Fingerprint]]
    ) -> str | None:
        strangers = sorted({bot for bot in claims if bot != order.creator})
        if strangers:
            return f"of {order.creator or 'somebody else'} is in the journal of {', '.join(strangers)}"
        if len(claims) > 1:
            return f"is in {len(claims)} rows of the journal of {order.creator}"
        if claims or order.creator not in unnamed:
            return None
        rows = unnamed[order.creator]
        if order.fingerprint in rows:
            rows.remove(order.fingerprint)
            return None
        return f"({_text(order.fingerprint)}) is open, and in no row of the journal"

    def check_followed(
        self,
        at_s: float,
        bot: str,
        orders: Sequence[LiveOrder],
        followed: Collection[str],
        ready_at_s: float,
        is_left_alone: Callable[[str], bool],
    ) -> Iterator[Violation]:
        """
        :param followed: ids of orders at the exchange that the bot's process follows
        :param is_left_alone: whether the bot reported that it leaves that order alone
        """
        known = self._unfollowed_since_s
        missing = {order.order_id for order in orders if order.creator == bot} - set(followed)
        for key in [key for key in known if key[0] == bot and key[1] not in missing]:
            del known[key]
        for order_id in sorted(missing, key=int):
            seen_s = known.setdefault((bot, order_id), at_s)
            is_due = at_s - max(seen_s, self._disturbances.until_s, ready_at_s) > FOLLOWED_S
            if self._episodes.begins(("followed", bot, order_id), is_due and not is_left_alone(order_id)):
                text = f"order {order_id} is open, and not followed for {at_s - seen_s:.0f} s"
                yield Violation(Property.OWNERS, at_s, bot, text)


def _text(fingerprint: Fingerprint) -> str:
    market, is_buy, amount, price = fingerprint
    at = "at the market's price" if price is None else f"at {price.normalize():f}"
    return f"{'buy' if is_buy else 'sell'} {amount.normalize():f} on {market} {at}"
