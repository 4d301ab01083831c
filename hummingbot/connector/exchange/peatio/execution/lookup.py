"""Finding an order whose create was not answered."""

from collections.abc import Iterable
from typing import Protocol

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import PeatioPlacingError
from hummingbot.connector.exchange.peatio.common.messages import PeatioOrder
from hummingbot.connector.exchange.peatio.execution.early_events import PeatioEarlyEvents
from hummingbot.connector.exchange.peatio.execution.intent_journal import (
    Intent,
    IntentState,
    Likeness,
    PeatioOrderJournal,
)
from hummingbot.connector.exchange.peatio.http.client import PeatioRest


class KnownOrders(Protocol):
    """Who knows which orders are spoken for; the tracker is one."""

    def find(self, exchange_order_id: str) -> object | None:
        """The order of that id, None where it is not followed."""


class PeatioOrderLookup:
    """Compares an intent with what the exchange has: market, side, price, volume and time (docs/protocol.md 4.3)."""

    def __init__(
        self,
        rest: PeatioRest,
        tracker: KnownOrders,
        early_events: PeatioEarlyEvents,
        journal: PeatioOrderJournal,
    ) -> None:
        self._rest = rest
        self._tracker = tracker
        self._early_events = early_events
        self._journal = journal

    async def find(self, intent: Intent) -> PeatioOrder | None:
        """An order of the exchange that can be the intent's, None where there is none now.

        :raises PeatioPlacingError: where there are more of them than intents they can belong to; none is taken then
        :raises PeatioRequestError, PeatioMessageError: when the exchange does not tell
        :raises PeatioJournalError: when the journal cannot be read
        """
        candidates = self.candidates(intent, await self.listed(intent.market, intent.is_buy, intent.created_at_s))
        if len(candidates) > max(self.unresolved(intent.likeness), 1):
            raise PeatioPlacingError(
                f"Orders {', '.join(said.order_id for said in candidates)} on {intent.market} all look like "
                f"{intent.client_order_id}; none of them is taken for it. "
                "Look at the exchange and cancel what is too much."
            )
        return candidates[0] if candidates else None

    def unresolved(self, likeness: Likeness) -> int:
        """How many intents of that likeness have no order yet. They are interchangeable.

        :raises PeatioJournalError: when the journal cannot be read
        """
        open_states = (IntentState.SENT, IntentState.WATCHED)
        return sum(
            intent.state in open_states and intent.likeness == likeness for intent in self._journal.unfinished()
        )

    async def listed(self, market: str, is_buy: bool, since_s: float) -> list[PeatioOrder]:
        """What the exchange lists on one side of a market since an intent of that time.

        :raises PeatioRequestError, PeatioMessageError: when the exchange does not tell
        """
        return await self._rest.orders_of(market, is_buy, int(since_s) - CONSTANTS.LOOKUP_MARGIN_S)

    def candidates(self, intent: Intent, listed: Iterable[PeatioOrder]) -> list[PeatioOrder]:
        """The orders, listed or told by events, that can be the intent's, by id."""
        known = {said.order_id: said for said in [*self._early_events.orders(), *listed]}
        return [said for _, said in sorted(known.items()) if self.matches(intent, said)]

    def matches(self, intent: Intent, said: PeatioOrder) -> bool:
        """Whether `said` can be the intent's order and is nobody else's."""
        return (
            (said.market, said.is_buy, said.origin_volume, said.price if said.is_limit else None) == intent.likeness
            and said.created_at_s >= intent.created_at_s - CONSTANTS.LOOKUP_MARGIN_S
            and not any(self._tracker.find(order_id) or self._journal.is_claimed(order_id) for order_id in said.ids)
        )
