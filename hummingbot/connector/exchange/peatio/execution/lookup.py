"""Finds an order whose create was not answered."""

from collections.abc import Iterable
from typing import Protocol

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import PlacementError
from hummingbot.connector.exchange.peatio.common.messages import OrderReport
from hummingbot.connector.exchange.peatio.execution.journal_file import Intent, OrderFingerprint
from hummingbot.connector.exchange.peatio.execution.pending_events import PendingEventBuffer
from hummingbot.connector.exchange.peatio.http.client import RestClient


class KnownOrders(Protocol):
    """Knows the orders that are tracked; the order tracker is one."""

    def find(self, exchange_order_id: str) -> object | None:
        """The order of that id, None where it is not tracked."""


class KnownIntents(Protocol):
    """Knows the intents; the journal and its file are such."""

    def unfinished(self) -> list[Intent]:
        """The intents that are not closed.

        :raises JournalError: when the file cannot be read
        """

    def is_claimed(self, exchange_order_id: str) -> bool:
        """Whether an order of that id belongs to an intent.

        :raises JournalError: when the file cannot be read
        """


class OrderLookup:
    """Compares an intent with what the exchange has: market, side, price, volume and time (docs/protocol.md 4.3)."""

    def __init__(
        self,
        rest: RestClient,
        tracker: KnownOrders,
        pending_events: PendingEventBuffer,
        journal: KnownIntents,
    ) -> None:
        self._rest = rest
        self._tracker = tracker
        self._pending_events = pending_events
        self._journal = journal

    async def find(self, intent: Intent) -> OrderReport | None:
        """An order of the exchange that can be the intent's, None where there is none now.

        :raises PlacementError: where there are more of them than intents they can belong to; none is taken then
        :raises RequestError, MessageError: when the exchange does not answer
        :raises JournalError: when the journal cannot be read
        """
        candidates = self.candidates(intent, await self.listed(intent.market, intent.is_buy, intent.created_at_s))
        if len(candidates) > max(self.unresolved(intent.fingerprint), 1):
            raise PlacementError(
                f"Orders {', '.join(report.order_id for report in candidates)} on {intent.market} look like "
                f"{intent.client_order_id}; none of them is assigned to it. "
                "Look at the exchange and cancel what is not wanted."
            )
        return candidates[0] if candidates else None

    def unresolved(self, fingerprint: OrderFingerprint) -> int:
        """How many intents of that fingerprint have no order yet. They are interchangeable.

        :raises JournalError: when the journal cannot be read
        """
        return sum(
            intent.exchange_order_id is None and intent.fingerprint == fingerprint
            for intent in self._journal.unfinished()
        )

    async def listed(self, market: str, is_buy: bool, since_s: float) -> list[OrderReport]:
        """What the exchange lists on one side of a market since an intent of that time.

        :raises RequestError, MessageError: when the exchange does not answer
        """
        return await self._rest.orders_of(market, is_buy, int(since_s) - CONSTANTS.LOOKUP_MARGIN_S)

    def candidates(self, intent: Intent, listed: Iterable[OrderReport]) -> list[OrderReport]:
        """The orders, from the list and from events, that can be the intent's, by id."""
        known = {report.order_id: report for report in [*self._pending_events.orders(), *listed]}
        return [report for _, report in sorted(known.items()) if self.matches(intent, report)]

    def matches(self, intent: Intent, report: OrderReport) -> bool:
        """Whether `report` can be the intent's order and is nobody else's."""
        return (
            (report.market, report.is_buy, report.origin_volume, report.price if report.is_limit else None)
            == intent.fingerprint
            and report.created_at_s >= intent.created_at_s - CONSTANTS.LOOKUP_MARGIN_S
            and not any(self._tracker.find(order_id) or self._journal.is_claimed(order_id) for order_id in report.ids)
        )
