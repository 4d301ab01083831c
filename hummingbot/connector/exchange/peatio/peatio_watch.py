"""Orders that were not found after their create, watched for in case they turn up."""

import logging
from collections.abc import Awaitable, Callable

from hummingbot.connector.exchange.peatio.peatio_errors import (
    PeatioJournalError,
    PeatioMessageError,
    PeatioPlacingError,
    PeatioRequestError,
)
from hummingbot.connector.exchange.peatio.peatio_in_flight_order import PeatioInFlightOrder
from hummingbot.connector.exchange.peatio.peatio_messages import PeatioOrder
from hummingbot.connector.exchange.peatio.peatio_order_flow import PeatioOrderFlow
from hummingbot.connector.exchange.peatio.peatio_order_journal import Intent, Likeness, PeatioOrderJournal
from hummingbot.connector.exchange.peatio.peatio_order_lookup import PeatioOrderLookup
from hummingbot.connector.exchange.peatio.peatio_order_tracker import PeatioOrderTracker
from hummingbot.core.utils.async_utils import safe_ensure_future


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
        cancel: Callable[[PeatioInFlightOrder], Awaitable[object]],
        logger: logging.Logger,
    ) -> None:
        self._lookup = lookup
        self._journal = journal
        self._tracker = tracker
        self._flow = flow
        self._is_under_way = is_under_way
        self._cancel = cancel
        self._logger = logger
        self._watched: dict[str, tuple[PeatioInFlightOrder, Intent]] = {}

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
        """Asks for each watched order: its events may be lost."""
        for order, intent in list(self._watched.values()):
            try:
                said = await self._lookup.find(intent)
            except (PeatioRequestError, PeatioMessageError) as error:
                self._logger.debug(f"Whether {intent.client_order_id} turned up is not known: {error}")
                continue
            except PeatioPlacingError as error:
                self._logger.error(str(error))
                self._forget(intent)
                continue
            if said is not None and not self._is_under_way(intent.likeness):
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
