"""An order that the exchange has cancelled does not stay in its engine's book: a ghost, which others can still hit.

Three things make ghosts (docs/protocol.md sections 4.4 and 4.11), and a second cancel removes them. So each ghost of a
bot's order has somebody who will remove it: a row of the bot's journal that is not closed, or one of `follow_ups`
where the order goes on under another id, or a second cancel that the exchange has received. There is no time to wait
for: the row is closed after the answer to that cancel.

Two cases take time, because they bring an order back whose row is closed: an engine that is started again loads what
the database holds as open, and a trade executor that could not execute a match submits the order again. The bot learns
of either from the market's book. So it has `NOTICED_S` from then, or from the end of the last fault.

So it is where the disk refused to write the id of an order into the journal that had no answer at first: the process
has it, and after its death the next one finds the order again.

A cycle of a pegged coin cancels orders that the bot may not know of: one whose create had no answer and that was stored
too late to be surely the bot's. Nobody is expected to cancel such a one again before the bot has had its id.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS

from simulation.monitors.disturbances import Disturbances
from simulation.monitors.episodes import Episodes
from simulation.monitors.violation import Property, Violation

#: The market moves, and the second cancel is sent; an attempt may hang from the time of the fault.
NOTICED_S = 60.0 + CONSTANTS.REQUEST_TIMEOUT_S + CONSTANTS.BACKOFF_MAXIMUM_S


@dataclass(frozen=True)
class Ghost:
    """A cancelled order that is in the engine's book.

    :ivar creator: the bot whose host sent the create; "" for anybody else
    :ivar is_cancelled_again: whether a cancel of it was received after the exchange had cancelled it
    :ivar returned_at_s: when the engine got it again, for the last time: one that was started again loaded it, or the
        trade executor submitted it again; None if neither did
    :ivar is_ended_by_cycle: whether a cycle cancelled it, and nobody had asked for that
    """

    order_id: str
    creator: str
    is_cancelled_again: bool
    returned_at_s: float | None
    is_ended_by_cycle: bool = False


class GhostMonitor:
    """Compares each time it is asked; a ghost that stays is reported once."""

    def __init__(self, disturbances: Disturbances) -> None:
        self._disturbances = disturbances
        self._episodes = Episodes()

    def check(
        self,
        at_s: float,
        bot: str,
        ghosts: Iterable[Ghost],
        rows: Collection[str],
        known: Collection[str],
        ready_at_s: float,
        is_journal_whole: bool = True,
    ) -> Iterator[Violation]:
        """
        :param rows: ids of orders at the exchange that the bot's journal says are open, or to be cancelled once more
        :param known: ids of all orders that the bot announced, or that its journal has
        :param ready_at_s: when the bot's process became ready
        :param is_journal_whole: whether the bot's disk has taken whatever was written into its journal
        """
        for ghost in ghosts:
            if ghost.creator != bot or (ghost.is_ended_by_cycle and ghost.order_id not in known):
                continue
            is_unwritten = not is_journal_whole and ghost.order_id not in known
            is_due = self._is_due(at_s, ghost, ready_at_s, is_unwritten)
            has_owner = ghost.is_cancelled_again or ghost.order_id in rows or not is_due
            if self._episodes.begins(ghost.order_id, not has_owner):
                text = (
                    f"order {ghost.order_id} is cancelled and still in the engine's book, and neither the journal nor "
                    "a second cancel will end that"
                )
                yield Violation(Property.GHOSTS, at_s, bot, text)

    def _is_due(self, at_s: float, ghost: Ghost, ready_at_s: float, is_unwritten: bool) -> bool:
        if ghost.returned_at_s is None and not is_unwritten:
            return True
        return at_s - max(ghost.returned_at_s or 0.0, ready_at_s, self._disturbances.until_s) > NOTICED_S
