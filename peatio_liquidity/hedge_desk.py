"""Sends hedges, one at a time, and finds out what became of each. The only part that decides when a hedge has ended."""

import logging
import time
from decimal import Decimal

from peatio_liquidity.exposure import Exposure, PendingHedge
from peatio_liquidity.fills import Fill, Venue
from peatio_liquidity.funds import Hedgeable
from peatio_liquidity.hedge_journal import Hedge, HedgeJournal, HedgeState
from peatio_liquidity.hedging import HedgeOrder, NoHedge, next_hedge
from peatio_liquidity.levels import Book
from peatio_liquidity.markets import MISSING_S
from peatio_liquidity.order_memory import UncertainError
from peatio_liquidity.source_market import ABSENT_AFTER_S, HedgeOutcome, SourceMarket

#: Between two questions about the same hedge.
LOOK_UP_INTERVAL_S = 2.0
#: So long before a hedge was written its fills are looked for: clocks differ.
OVERLAP_S = 120.0
#: A hedge that the connector does not follow so long after it was sent, without an event of its end, is looked up.
UNFOLLOWED_AFTER_S = 15.0
#: Between two hedges of which the first found nothing: a source that refuses each would get as many as it can answer.
RETRY_AFTER_S = 1.0


class HedgeDesk:
    """
    :param max_slippage: as a part of the source's best price
    :param is_market: hedges are market orders, without a limit at the source
    :param timeout_s: how long a hedge may rest on the source; then it is cancelled and the rest hedged at new prices
    """

    def __init__(
        self,
        journal: HedgeJournal,
        source: SourceMarket,
        max_slippage: Decimal,
        timeout_s: float,
        logger: logging.Logger,
        is_market: bool = False,
    ) -> None:
        self._journal = journal
        self._source = source
        self.max_slippage = max_slippage
        self.timeout_s = timeout_s
        self._logger = logger
        self._is_market = is_market
        self._not_before_s = float("-inf")
        self._pending = {hedge.number: hedge for hedge in journal.pending()}
        #: Hedges of an earlier run: their fills may have been reported before anybody here listened.
        self._inherited = frozenset(self._pending)
        self._sent_s: dict[int, float] = {}
        self._unnamed: dict[int, str] = {}
        #: By the client order id of an order on the source, the id there, until it is written down.
        self._unplaced: dict[str, str] = {}
        self._reported_ends: set[str] = set()
        self._unwritten: list[Fill] = []
        self._asked_s: dict[int, float] = {}
        #: Since when the source does not have a hedge, by its number.
        self._missing_since_s: dict[int, float] = {}
        #: Why the next hedge cannot be, by its direction.
        self.unhedgeable: dict[bool, str] = {}
        #: Which hedge nobody can answer for, by its direction.
        self.in_doubt: dict[bool, str] = {
            hedge.is_buy: f"hedge {hedge.number} of an earlier run ({hedge.words(hedge.left)}) is looked up"
            for hedge in self._pending.values()
        }

    @property
    def exposure(self) -> Exposure:
        """With hedges that are not known to have ended at what may still be filled of them."""
        return Exposure.of(
            self._journal.net, [PendingHedge(hedge.is_buy, hedge.left) for hedge in self._pending.values()]
        )

    @property
    def is_waiting(self) -> bool:
        """Whether the next hedge has to wait for the end of one. For one that the source does not have it waits only
        `ABSENT_AFTER_S`: a create can be lost, and the exposure would stay for as long as the hedge may turn up.
        """
        now_s = time.monotonic()
        return any(
            now_s - self._missing_since_s.get(number, now_s) < ABSENT_AFTER_S for number in self._pending
        )

    def on_fill(self, fill: Fill) -> None:
        """A fill on the source; one of another order than a hedge is left alone.

        :raises HedgeJournalError: when the journal cannot be written
        """
        self._unwritten.append(fill)
        self._write_fills()

    def _write_fills(self) -> None:
        """What the file refused is written before the next hedge is sent or an end is noted: or it is hedged twice."""
        if self._unwritten:
            self._write_ids()  # by which a fill finds its hedge
        while self._unwritten:
            fill = self._unwritten[0]
            if self._journal.find(fill.client_order_id) is not None and self._journal.add_fill(Venue.SOURCE, fill):
                self._refresh()
                self._source.on_hedge_fill(fill)
            del self._unwritten[0]

    def on_creation(self, client_order_id: str, exchange_order_id: str) -> None:
        """The source has taken an order; a hedge's id there is written down, as many sources are asked by it alone.

        :raises HedgeJournalError: when the journal cannot be written
        """
        self._unplaced[client_order_id] = exchange_order_id
        self._write_ids()

    def hedge(self, source: Book, rate: Decimal, hedgeable: Hedgeable) -> None:
        """Sends the next hedge where one is due. It is in the journal before it leaves.

        :param source: its book without this bot's orders
        :param rate: own quote for one of the source's
        :param hedgeable: what its balances pay for
        :raises HedgeJournalError: when the journal cannot be written: nothing is sent then
        """
        self._write_fills()
        exposure = self.exposure if self.is_waiting else Exposure(self._journal.net)
        order = next_hedge(
            exposure, source, self._source.rules, self.max_slippage, hedgeable, self._is_market
        )
        self.unhedgeable = {}
        if isinstance(order, NoHedge):
            self.unhedgeable[order.is_buy] = f"exposure cannot be hedged: {order.reason}"
        elif isinstance(order, HedgeOrder) and time.monotonic() >= self._not_before_s:
            self._send(order, rate)

    async def follow(self) -> None:
        """Cancels a hedge that rests too long, and looks up those that the connector does not follow any more.

        :raises HedgeJournalError: when the journal cannot be written
        """
        self._write_fills()
        if self._unnamed or self._unplaced or self._source.reports:
            self._name()
        now_s = time.monotonic()
        for hedge in list(self._pending.values()):
            if self._source.is_under_way(hedge):
                if now_s - self._sent_s.setdefault(hedge.number, now_s) > self.timeout_s:
                    self._sent_s[hedge.number] = now_s  # once for each time limit
                    self._source.cancel(hedge.client_order_id or "")
            elif self._may_have_ended(hedge, now_s) and self._is_to_be_asked(hedge, now_s):
                await self._resolve(hedge)
        if not self._pending:
            self.in_doubt = {}

    def on_end(self, client_order_id: str) -> None:
        """An event reported an end of an order on the source. If it is a hedge, whether that is true is looked up."""
        for hedge in self._pending.values():
            if hedge.client_order_id == client_order_id:
                self._reported_ends.add(client_order_id)
                self._asked_s.pop(hedge.number, None)

    def _may_have_ended(self, hedge: Hedge, now_s: float) -> bool:
        """Not while its create may still wait for its turn: the connector does not follow it then, either."""
        sent_s = self._sent_s.get(hedge.number)  # None: an earlier run sent it
        is_reported = hedge.client_order_id in self._reported_ends
        return sent_s is None or is_reported or now_s - sent_s > UNFOLLOWED_AFTER_S

    def _is_to_be_asked(self, hedge: Hedge, now_s: float) -> bool:
        return now_s - self._asked_s.get(hedge.number, float("-inf")) >= LOOK_UP_INTERVAL_S

    async def _resolve(self, hedge: Hedge) -> None:
        self._asked_s[hedge.number] = time.monotonic()
        if hedge.state is HedgeState.WRITTEN:
            await self._find_id(hedge)
            return
        outcome = await self._source.look_up(hedge)
        self._note_missing(hedge, outcome is HedgeOutcome.MISSING)
        if outcome is not HedgeOutcome.UNKNOWN:
            self.in_doubt.pop(hedge.is_buy, None)
        if outcome is HedgeOutcome.ENDED and hedge.number in self._inherited:
            for fill in await self._source.known_fills(hedge.client_order_id or "", hedge.written_s - OVERLAP_S):
                self.on_fill(fill)
        if outcome in (HedgeOutcome.ENDED, HedgeOutcome.ABSENT):
            self._end(hedge, outcome)
        elif outcome is HedgeOutcome.UNKNOWN:
            self._doubt(
                hedge,
                f"{self._source.connector.name} does not say what became of hedge {hedge.client_order_id} "
                f"({hedge.words(hedge.left)}); it is asked every {LOOK_UP_INTERVAL_S:.0f} s. If it stays so, look for "
                f"the order there; when it has ended or was never there, stop the bot and run: {self._settle(hedge)}",
            )

    async def _find_id(self, hedge: Hedge) -> None:
        try:
            if hedge.number not in self._inherited:
                raise UncertainError("the connector failed while it was sent")
            found = await self._source.find_id(hedge, lambda key: self._journal.find(key) is not None)
        except UncertainError as error:
            self._doubt(
                hedge,
                f"hedge {hedge.number} ({hedge.words(hedge.left)}) may have left without a record of its id: {error}. "
                f"Look for it on {self._source.connector.name}; when it has ended or was never there, stop the bot and "
                f"run: {self._settle(hedge)}",
            )
            return
        name = f"Hedge {hedge.number} of an earlier run ({hedge.words(hedge.amount)})"
        if found is None:
            self._logger.info(f"{name} never left.")
            self._end(hedge, HedgeOutcome.ABSENT)
        else:
            self._logger.info(f"{name} is order {found}.")
            self._journal.sent(hedge.number, found)
            self._asked_s.pop(hedge.number, None)
            self._refresh()

    def _note_missing(self, hedge: Hedge, is_missing: bool) -> None:
        if not is_missing:
            self._missing_since_s.pop(hedge.number, None)
        elif hedge.number not in self._missing_since_s:
            self._missing_since_s[hedge.number] = time.monotonic()
            self._logger.warning(
                f"{self._source.connector.name} does not have hedge {hedge.client_order_id} "
                f"({hedge.words(hedge.left)}). If it does not turn up within {ABSENT_AFTER_S:.0f} s, another one is "
                f"sent; it counts in the exposure for {MISSING_S:.0f} s."
            )

    def _send(self, order: HedgeOrder, rate: Decimal) -> None:
        number = self._journal.write(
            order.is_buy, order.amount, order.price, self._source.time_s(), order.best, rate, order.is_market
        )
        self._refresh()  # from here on it counts, whatever happens
        self._sent_s[number] = time.monotonic()
        client_order_id = self._unnamed[number] = self._source.send(order)
        self._name()
        self._logger.info(
            f"{'Paper hedge' if self._source.is_paper else 'Hedge'} {client_order_id}: "
            f"{'buy' if order.is_buy else 'sell'} {order.amount:f} {self._source.base} on "
            f"{self._source.connector.name} {_at(order)}."
        )

    def _name(self) -> None:
        """Writes the ids of what was sent, and what is known of it. Where the file fails, the next round does."""
        self._write_ids()
        # Of paper hedges, which end at once: their fills belong to hedges with an id.
        while self._source.reports:
            client_order_id, fills = self._source.reports[0]
            for fill in fills:
                self.on_fill(fill)
            self.on_end(client_order_id)
            del self._source.reports[0]

    def _write_ids(self) -> None:
        for number, client_order_id in list(self._unnamed.items()):
            self._journal.sent(number, client_order_id)
            del self._unnamed[number]
        for client_order_id, exchange_order_id in list(self._unplaced.items()):
            if self._journal.find(client_order_id) is not None:
                self._journal.placed(client_order_id, exchange_order_id)
            del self._unplaced[client_order_id]
        self._refresh()

    def _end(self, hedge: Hedge, outcome: HedgeOutcome) -> None:
        self._write_fills()  # what has ended is not asked for its fills any more, also not by the next process
        hedge = self._pending.get(hedge.number, hedge)  # with the fills that the look-up brought
        self._journal.ended(hedge.number, outcome.name.lower())
        self._asked_s.pop(hedge.number, None)
        sent_s = self._sent_s.pop(hedge.number, None)
        if not hedge.filled and sent_s is not None:
            self._not_before_s = sent_s + RETRY_AFTER_S
        self._reported_ends.discard(hedge.client_order_id or "")
        self.in_doubt.pop(hedge.is_buy, None)
        self._refresh()
        if hedge.left:
            name = hedge.client_order_id or hedge.number
            self._logger.info(f"Hedge {name} ended with {hedge.left:f} {self._source.base} unfilled.")

    def _doubt(self, hedge: Hedge, reason: str) -> None:
        if self.in_doubt.get(hedge.is_buy) != reason:
            self.in_doubt[hedge.is_buy] = reason
            self._logger.warning(f"No quotes on that side: {reason}.")

    def _settle(self, hedge: Hedge) -> str:
        return f"python -m peatio_liquidity settle {self._journal.path} {hedge.number}"

    def _refresh(self) -> None:
        self._pending = {hedge.number: hedge for hedge in self._journal.pending()}


def _at(order: HedgeOrder) -> str:
    return f"by market order, best price {order.best:f}" if order.is_market else f"at {order.price:f} or better"
