"""Orders that were not found after their create, watched for in case they turn up."""

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    PeatioJournalError,
    PeatioMessageError,
    PeatioRequestError,
)
from hummingbot.connector.exchange.peatio.common.messages import PeatioOrder
from hummingbot.connector.exchange.peatio.execution.in_flight_order import PeatioInFlightOrder
from hummingbot.connector.exchange.peatio.execution.intent_journal import Intent, Likeness, PeatioOrderJournal
from hummingbot.connector.exchange.peatio.execution.lookup import PeatioOrderLookup
from hummingbot.connector.exchange.peatio.execution.report_handler import PeatioOrderFlow
from hummingbot.connector.exchange.peatio.execution.tracker import PeatioOrderTracker
from hummingbot.core.utils.async_utils import safe_ensure_future

Watched = tuple[PeatioInFlightOrder, Intent]


class PeatioWatch:
    """No grace is safe: an order that the exchange stored can go live hours later (docs/protocol.md section 4.11).

    One that turns up is cancelled, and what was filled of it is recorded. For Hummingbot it has failed long ago; it
    becomes one of its lost orders, whose fills still count.

    An order of the same likeness that is being placed meanwhile has the first claim to what is found.

    :param is_under_way: whether an order of a likeness is being placed
    :param cancel: sends the cancel; a failure is retried with Hummingbot's lost orders
    """

    def __init__(
        self,
        lookup: PeatioOrderLookup,
        journal: PeatioOrderJournal,
        tracker: PeatioOrderTracker,
        flow: PeatioOrderFlow,
        is_under_way: Callable[[Likeness], bool],
        now_s: Callable[[], float],
        cancel: Callable[[PeatioInFlightOrder], Awaitable[object]],
        logger: logging.Logger,
    ) -> None:
        self._lookup = lookup
        self._journal = journal
        self._tracker = tracker
        self._flow = flow
        self._is_under_way = is_under_way
        self._now_s = now_s
        self._cancel = cancel
        self._logger = logger
        self._watched: dict[str, Watched] = {}

    def __contains__(self, client_order_id: str) -> bool:
        return client_order_id in self._watched

    def add(self, order: PeatioInFlightOrder, intent: Intent) -> None:
        """Watches for `intent` from now on, over restarts (its journal row says so)."""
        self._watched[intent.client_order_id] = order, intent

    def on_unknown_order(self, said: PeatioOrder) -> None:
        """An event of an order that is not followed: one that was given up may be back."""
        for order, intent in list(self._watched.values()):
            if self._lookup.matches(intent, said) and not self._is_under_way(intent.likeness):
                self._turned_up(order, intent, said)
                return

    async def poll(self) -> None:
        """Asks for the watched orders, one request a side of a market: their events may be lost."""
        sides = defaultdict(list)
        for order, intent in list(self._watched.values()):
            if self._now_s() - intent.created_at_s > CONSTANTS.WATCH_LIMIT_S:
                self._forget(intent)
            else:
                sides[intent.market, intent.is_buy].append((order, intent))
        for (market, is_buy), watched in sides.items():
            since_s = min(intent.created_at_s for _, intent in watched)
            try:
                listed = await self._lookup.listed(market, is_buy, since_s)
            except (PeatioRequestError, PeatioMessageError) as error:
                self._logger.debug(f"Whether orders on {market} turned up is not known: {error}")
                continue
            self._match(watched, listed)

    def _match(self, watched: list[Watched], listed: list[PeatioOrder]) -> None:
        alike: dict[Likeness, list[Watched]] = defaultdict(list)
        for order, intent in watched:
            alike[intent.likeness].append((order, intent))
        for likeness, twins in alike.items():
            if self._is_under_way(likeness):
                continue
            found = self._lookup.candidates(min((intent for _, intent in twins), key=_created_at_s), listed)
            if len(found) > max(self._lookup.unresolved(likeness), len(twins)):
                ids = ", ".join(said.order_id for said in found)
                self._logger.error(
                    f"More orders ({ids}) look like ours than were given up; none is taken. Look at the exchange."
                )
                for _, intent in twins:
                    self._forget(intent)
                continue
            # Twins are interchangeable: it does not matter which of them was which.
            for (order, intent), said in zip(twins, found, strict=False):
                self._turned_up(order, intent, said)

    def _turned_up(self, order: PeatioInFlightOrder, intent: Intent, said: PeatioOrder) -> None:
        if self._watched.pop(intent.client_order_id, None) is None:
            return
        self._logger.error(
            f"Order {intent.client_order_id}, given up before, turned up as {said.order_id}. It is cancelled; "
            "what was filled of it is recorded."
        )
        self._journal.live(intent.client_order_id, said.order_id, said.fee_rates)
        self._tracker.follow_as_lost(order, said.order_id)
        self._flow.apply_order(order, said)
        if not said.state.is_final:
            safe_ensure_future(self._cancel(order))

    def _forget(self, intent: Intent) -> None:
        self._watched.pop(intent.client_order_id, None)
        try:
            self._journal.close(intent.client_order_id)
        except PeatioJournalError as error:
            self._logger.error(str(error))


def _created_at_s(intent: Intent) -> float:
    return intent.created_at_s
