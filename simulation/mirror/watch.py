"""What has to hold while a mirror runs, compared with both exchanges' ledgers and with the hedge journal on the disk.

- **Exposure.** Base bought and not sold on both exchanges together is within `max_exposure_base` at every trade, and
  would be if every order that is open were filled: a hedge that is not known to have ended counts in full.
- **Hedges.** When a hedge is asked for, no earlier one is open on the source, and each fill of the earlier ones is in
  the journal. No hedge is stored after a later one was asked for, unless the source took a request longer than
  `LATE_S` (docs/operate/liquidity.md, Hedges).
- **Pulled.** While the mirror's own connector shows a source that is gone, crossed or stale for more than a second, no
  quote is without a cancel that was asked for.
- **Crossing.** No quote is asked for that would take what the own book shows of others, or an own quote that may be
  live. No trade has the mirror on both sides.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.core.network_iterator import NetworkStatus

from peatio_liquidity.source_market import ABSENT_AFTER_S
from peatio_sandbox.exchange.records import OrderRecord, TradeRecord
from simulation.bots import Bot
from simulation.loop import SimulatedLoop
from simulation.mirror.journal import read_journal
from simulation.mirror.ledger import Ledgers, fills_of, open_orders
from simulation.mirror.plan import PAIR
from simulation.mirror.pulled import SourceEye, SourceLook
from simulation.monitors.episodes import Episodes
from simulation.monitors.violation import Property, Violation
from test.chaos.reports import Ended, Intended, Line

if TYPE_CHECKING:
    from simulation.mirror.life import MirrorLife

#: Own orders that have ended are in the book that the mirror sees until a message has come.
ENDED_S = 5.0
#: A create that is stored later than this after it was asked for: it was looked for, given up, and waited for.
LATE_S = CONSTANTS.REQUEST_TIMEOUT_S + CONSTANTS.LOOKUP_LIMIT_S + ABSENT_AFTER_S
#: What the connector says of a create that was looked for and given up: its order may be stored later.
_LOST = "has no order like"
#: How often orders that are open are added up.
POTENTIAL_S = 1.0


class MirrorWatch:
    """
    :param settings: of the controller
    :param left_alone: the ids of the orders that the mirror has reported as left alone (docs/reference/reliability.md)
    :param unsettled: of these, the ones that the operator has not settled
    """

    def __init__(
        self,
        loop: SimulatedLoop,
        ledgers: Ledgers,
        settings: dict[str, Any],
        report: Callable[[Iterable[Violation]], None],
        left_alone: Callable[[], Collection[str]],
        unsettled: Callable[[], Collection[str]],
    ) -> None:
        self._loop = loop
        self._ledgers = ledgers
        self._bound = Decimal(settings["max_exposure_base"])
        self._max_age_s = float(settings["max_source_age_s"])
        self._report = report
        self._left_alone = left_alone
        self._unsettled = unsettled
        self._episodes = Episodes()
        self._eye: tuple[MirrorLife, SourceEye] | None = None
        self._added_up_s = 0.0
        #: Hedges that were asked for and are not known to be stored: client order id, when, (side, amount, price).
        self._hedges_asked: list[tuple[str, float, tuple[str, Decimal, Decimal | None]]] = []
        self._last_hedge = ""
        self._prices: dict[str, Decimal] = {}
        self._ended_s: dict[Decimal, float] = {}

    def attach(self) -> None:
        """Before the exchanges start."""
        for bot in (self._ledgers.quotes, self._ledgers.hedges):
            bot.exchange.sandbox.exchange.on_trade(partial(self._on_trade, bot))
        exchange = self._ledgers.hedges.exchange.sandbox.exchange
        store = exchange.store_order

        def stored(member: Any, request: Any) -> OrderRecord:
            order = store(member, request)
            if member.name == self._ledgers.hedges.choice.member:
                self._say(self._hedge_stored(order))
            return order

        exchange.store_order = stored  # type: ignore[method-assign]

    def on_line(self, bot: Bot, line: Line) -> None:
        """What the mirror announces."""
        if bot is self._ledgers.quotes:
            if isinstance(line, Intended) and line.price is not None:
                self._prices[line.client_order_id] = line.price
                self._say(self._crossing(bot, line, line.price))
                life: Any = bot.life
                if life is not None:
                    self._why_pulled(life)  # the source may be there between two looks, and only then
            elif isinstance(line, Ended) and line.client_order_id in self._prices:
                self._ended_s[self._prices.pop(line.client_order_id)] = self._loop.true_s
        elif isinstance(line, Intended):
            self._say(self._hedge_asked(bot, line))
        elif isinstance(line, Ended) and line.state == "failed" and _LOST not in line.reason:
            # It never left, or was refused: one of the same size and price may follow at once.
            self._hedges_asked = [row for row in self._hedges_asked if row[0] != line.client_order_id]

    def on_look(self, life: "MirrorLife") -> None:
        """A moment in which the mirror's process runs."""
        if self._loop.true_s - self._added_up_s >= POTENTIAL_S:
            self._added_up_s = self._loop.true_s
            self._say(self._potential())
        self._say(self._unpulled(life))

    # Exposure.

    def _on_trade(self, bot: Bot, trade: TradeRecord) -> None:
        members = [order.member.name for order in (trade.maker_order, trade.taker_order)]
        if members == [bot.choice.member] * 2:
            self._say([self._violation(Property.SELF_TRADES, f"trade {trade.id} on {bot.exchange.host}")])
        if bot.choice.member in members:
            # Once the funds have changed.
            self._loop.at_end_of_step(lambda: self._say([*self._exposure(), *self._potential()]))

    def _exposure(self) -> Iterator[Violation]:
        exposure = self._ledgers.exposure()
        if abs(exposure) > self._bound:
            exposure = self._ledgers.exposure(self._unsettled())
        if self._episodes.begins("exposure", abs(exposure) > self._bound):
            yield self._violation(Property.EXPOSURE, f"{exposure.normalize():f} are not hedged, of {self._bound:f}")

    def _potential(self) -> Iterator[Violation]:
        most = self._most()
        if any(amount > self._bound for amount, _ in most.values()):
            most = self._most(self._unsettled())
        for side, (amount, text) in most.items():
            if self._episodes.begins(side, amount > self._bound):
                text = f"{text}: {amount.normalize():f} {side}, of {self._bound:f}"
                yield self._violation(Property.EXPOSURE, text)

    def _most(self, but: Collection[str] = ()) -> dict[str, tuple[Decimal, str]]:
        """What the exposure would be if everything that is open were filled, by its side, and of what it is made."""
        exposure = self._ledgers.exposure(but)
        quotes, hedges = (self._ledgers.open_amounts(bot, but) for bot in (self._ledgers.quotes, self._ledgers.hedges))
        text = "{} are not hedged, quotes of {} and hedges of {} are open"
        return {
            "long": (exposure + quotes.buys + hedges.buys, text.format(exposure, quotes.buys, hedges.buys)),
            "short": (-exposure + quotes.sells + hedges.sells, text.format(exposure, quotes.sells, hedges.sells)),
        }

    # Hedges.

    def _hedge_asked(self, bot: Bot, line: Intended) -> Iterator[Violation]:
        key = line.client_order_id
        self._hedges_asked.append((key, self._loop.true_s, (line.side, line.amount, line.price)))
        self._last_hedge = key
        left_alone = self._left_alone()
        for order in open_orders(bot):
            if str(order.id) not in left_alone:
                yield self._violation(Property.HEDGES, f"hedge {key} was asked for while order {order.id} is open")
        try:
            journal = read_journal(bot.folder)
        except sqlite3.Error:
            return
        for fill in fills_of(bot):
            is_known = ("source", str(fill.trade_id), fill.side == "buy") in journal.fills
            if not is_known and str(fill.order_id) not in left_alone:
                text = f"hedge {key} was asked for, and trade {fill.trade_id} of order {fill.order_id} is not known"
                yield self._violation(Property.HEDGES, text)

    def _hedge_stored(self, order: OrderRecord) -> Iterator[Violation]:
        what = order.side, order.origin_volume, order.price
        like = [row for row in self._hedges_asked if row[2] == what]
        if len(like) > 1:
            # One that the process died before writing into the order journal never left.
            written = self._ledgers.hedges.records().journal
            like = [row for row in like if row[0] in written or row[0] == self._last_hedge]
        if not like:
            return
        self._hedges_asked.remove(like[0])
        key, asked_s, _ = like[0]
        if key != self._last_hedge and self._loop.true_s - asked_s <= LATE_S:
            text = f"hedge {key} was stored as order {order.id} after {self._last_hedge} was asked for"
            yield self._violation(Property.HEDGES, text)

    # Quotes.

    def _unpulled(self, life: "MirrorLife") -> Iterator[Violation]:
        own, why = life.connector, self._why_pulled(life)
        standing = [
            order.client_order_id
            for order in (own.unended_orders(PAIR) if own is not None and why else ())
            if order.is_tracked and order.client_order_id not in life.cancels_asked
        ]
        if self._episodes.begins("pulled", bool(standing)):
            yield self._violation(Property.PULLED, f"{why}, and {len(standing)} quotes stand, as {standing[0]}")

    def _why_pulled(self, life: "MirrorLife") -> str:
        """Why quotes must have been pulled by now; "" where they may stand."""
        own, source = life.connector, life.hedging.connector
        if own is None or source is None or not own.ready or life.finish.is_set():
            return ""
        if self._eye is None or self._eye[0] is not life:
            self._eye = life, SourceEye(self._max_age_s)
        book = source.order_books.get(PAIR)
        is_gone = not source.ready or source.network_status is NetworkStatus.NOT_CONNECTED or book is None
        version = None if book is None else (id(book), book.snapshot_uid, book.last_diff_uid)
        # An order of our own may stand beyond the other side for a moment.
        is_crossed = not is_gone and not source.in_flight_orders and _is_crossed(book)
        return self._eye[1].must_be_pulled(self._loop.true_s, SourceLook(is_gone, is_crossed, version))

    def _crossing(self, bot: Bot, line: Intended, price: Decimal) -> Iterator[Violation]:
        assert bot.life is not None
        assert bot.life.connector is not None
        book = bot.life.connector.order_books.get(line.pair)
        is_bid = line.side == "buy"
        if book is None:
            return
        since_s = self._loop.true_s - ENDED_S
        for entry in book.ask_entries() if is_bid else book.bid_entries():
            other = Decimal(str(entry.price))
            if not (other <= price if is_bid else other >= price):
                return
            if self._ended_s.get(other, float("-inf")) < since_s:
                text = f"{line.side} at {price:f} was asked for, and the other side begins at {other:f}"
                yield self._violation(Property.CROSSED, text)
                return

    # Helpers.

    def _violation(self, broken: Property, text: str) -> Violation:
        return Violation(broken, self._loop.true_s, self._ledgers.quotes.choice.name, text)

    def _say(self, found: Iterable[Violation]) -> None:
        self._report(found)


def _is_crossed(book: Any) -> bool:
    bid, ask = next(iter(book.bid_entries()), None), next(iter(book.ask_entries()), None)
    return bid is not None and ask is not None and bid.price >= ask.price
