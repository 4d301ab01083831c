"""Whose an order of the exchange may be that looks like the one in the place of another."""

from hummingbot.connector.exchange.peatio.common.messages import OrderReport
from hummingbot.connector.exchange.peatio.execution.intent import Intent
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.order_matching import earliest_s, latest_s
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.connector.exchange.peatio.resizes.successors import Replaced


class Claims:
    """
    :raises JournalError: from every method, when the journal cannot be read
    """

    def __init__(self, tracker: OrderTracker, journal: IntentJournal) -> None:
        self._tracker = tracker
        self._journal = journal

    def has_had(self, client_order_id: str, report: OrderReport) -> bool:
        """Whether the journal knows that our order goes on, or went on, as that one: Hummingbot's saved state may be
        older."""
        return any(self._journal.claimed_by(order_id) == client_order_id for order_id in report.ids)

    def is_known(self, report: OrderReport) -> bool:
        """Whether it is another order of ours."""
        return any(self._tracker.find(order_id) or self._journal.is_claimed(order_id) for order_id in report.ids)

    def is_other_than(self, replaced: Replaced, report: OrderReport) -> bool:
        """Whether it is not in the place of that cancelled order: it is another one of ours, or surely that of a create
        of ours that is not answered."""
        return self.is_known(report) or (replaced.was_larger_than(report) and self.may_be_placed(report))

    def may_be_placed(self, report: OrderReport) -> bool:
        """Whether it may be the order of a create of ours that is not answered."""
        unanswered = (intent for intent in self._journal.unfinished() if intent.exchange_order_id is None)
        return any(_asked_for(intent, report) for intent in unanswered)


def _asked_for(intent: Intent, report: OrderReport) -> bool:
    is_in_time = earliest_s(intent) <= report.created_at_s <= latest_s(intent)
    return is_in_time and intent.fingerprint == report.fingerprint
