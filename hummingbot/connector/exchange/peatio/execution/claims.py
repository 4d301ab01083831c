"""Whose an order of the exchange may be that looks like the one in the place of another."""

from collections.abc import Callable, Iterable

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.messages import OrderReport, ReportedState
from hummingbot.connector.exchange.peatio.execution.follow_ups import FollowUp
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.order_matching import earliest_s, latest_s
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.connector.exchange.peatio.execution.trade_records import OrderRecord
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.resizes.successors import Replaced, contenders, lines_of, successors


class Claims:
    """
    :param record_of: what Hummingbot's database has of an order, by client order id
    :raises JournalError: from every method, when the journal cannot be read
    """

    def __init__(
        self,
        rest: RestClient,
        tracker: OrderTracker,
        journal: IntentJournal,
        record_of: Callable[[str], OrderRecord],
    ) -> None:
        self._rest = rest
        self._tracker = tracker
        self._journal = journal
        self._record_of = record_of
        #: The exchange's order id → the client order id under which Hummingbot's database has its fills.
        self._recorded: dict[str, str] = {}

    async def learn(self, replaced: Replaced, listed: Iterable[OrderReport]) -> None:
        """Finds out whose the listed orders are of which Hummingbot's database has fills. Only it knows that where an
        order went on, the disk refused to write the new id into the journal, and the process died.

        :raises RequestError, MessageError: when the exchange does not answer
        """
        unseen = self._unseen_fills(replaced.report)
        if not unseen:
            return
        for report in contenders(replaced, listed):
            if report.executed_volume and not self.is_known(report):
                trades = (await self._rest.order(report.order_id)).trades
                owners = {unseen[trade.trade_id] for trade in trades if trade.trade_id in unseen}
                for owner in owners:
                    self._recorded.update(dict.fromkeys(report.ids, owner))

    def _unseen_fills(self, report: OrderReport) -> dict[str, str]:
        """What Hummingbot's database has of our orders at that price, and no order has shown in this process: the
        trades' ids, with the client order ids."""
        found = {}
        for intent in (*self._journal.unfinished(), *self._journal.follow_ups.of(FollowUp.SUCCESSOR)):
            if (intent.market, intent.is_buy, intent.price) == (report.market, report.is_buy, report.price):
                key = intent.client_order_id
                order = self._tracker.fetch_any(key)
                unseen = self._record_of(key).trade_ids.difference(() if order is None else order.order_fills)
                found.update(dict.fromkeys(unseen, key))
        return found

    def candidates(self, client_order_id: str, replaced: Replaced, listed: Iterable[OrderReport]) -> list[OrderReport]:
        """The orders that may be in the place of that cancelled one, and larger ones; alone the one that is known to
        be."""
        listed = list(listed)
        return self.own(client_order_id, replaced, listed)[:1] or [
            each for each in contenders(replaced, listed) if not self.is_other_than(replaced, each)
        ]

    def own(self, client_order_id: str, replaced: Replaced, listed: Iterable[OrderReport]) -> list[OrderReport]:
        """Those that are known to have been in its place."""
        return [each for each in successors(replaced, listed) if self.has_had(client_order_id, each)]

    def has_had(self, client_order_id: str, report: OrderReport) -> bool:
        """Whether it is known that our order goes on, or went on, as that one. The journal has it where Hummingbot's
        saved state is older; Hummingbot's fills show it where the journal lacks it."""
        return any(
            client_order_id in (self._journal.claimed_by(order_id), self._recorded.get(order_id))
            for order_id in report.ids
        )

    def is_known(self, report: OrderReport) -> bool:
        """Whether it is another order of ours."""
        return any(
            self._tracker.find(order_id) or self._journal.is_claimed(order_id) or order_id in self._recorded
            for order_id in report.ids
        )

    def is_other_than(self, replaced: Replaced, report: OrderReport) -> bool:
        """Whether it is not in the place of that cancelled order: it is another one of ours, or surely that of a create
        of ours that has no answer, however late it was stored."""
        return self.is_known(report) or (
            replaced.leaves(report) and any(_asked_for(intent, report) for intent in self._unanswered())
        )

    def may_be_placed(self, report: OrderReport) -> bool:
        """Whether it may be the order of a create of ours that is not answered."""
        return any(
            _asked_for(intent, report) and report.created_at_s <= latest_s(intent) for intent in self._unanswered()
        )

    def may_follow_unanswered(self, report: OrderReport) -> bool:
        """Whether it may be in the place of the order of a create of ours that is not answered."""
        return any(
            _is_at_price(intent, report)
            and intent.amount >= report.origin_volume
            and earliest_s(intent) <= report.created_at_s
            for intent in self._unanswered()
        )

    def open_rivals(self, client_order_id: str, report: OrderReport, listed: Iterable[OrderReport]) -> list[Intent]:
        """Our other orders whose ends are not reported, and in whose places it may be: in that of one that the list has
        open with it, it is not."""
        is_open = {
            order_id
            for each in listed
            if each.state in (ReportedState.PENDING, ReportedState.WAIT)
            for order_id in each.ids
        }
        return [
            each
            for each in self._live()
            if _is_at_price(each, report)
            and each.amount >= report.origin_volume
            and each.client_order_id != client_order_id
            and each.exchange_order_id not in is_open
        ]

    def unreported_ends(
        self, client_order_id: str, known: Iterable[Replaced], listed: Iterable[OrderReport]
    ) -> list[Replaced]:
        """Our other orders that the list has as cancelled, while nothing else reported that: events may be lost, and
        each order is asked for at a time of its own. The order of a create that has no answer yet is such a one, too.

        :param known: whose ends are reported
        """
        listed = list(listed)
        reported = {each.report.order_id for each in known}
        live = {str(each.exchange_order_id): each for each in self._live() if each.client_order_id != client_order_id}
        found = []
        for report in listed:
            intent = next((live[order_id] for order_id in report.ids if order_id in live), None)
            if intent is None or report.state is not ReportedState.CANCEL or report.order_id in reported:
                continue
            order = self._tracker.fetch_any(intent.client_order_id)
            executed = report.executed_volume if order is None else order.executed_amount_base
            largest = intent.amount - max(executed, report.executed_volume)
            found.append(Replaced(report, largest, intent.is_cancel_wanted))
        return [*found, *self._unanswered_ends(listed)]

    def _unanswered_ends(self, listed: Iterable[OrderReport]) -> list[Replaced]:
        """The cancelled orders that are those of creates without an answer, one for each."""
        free = sorted(self._unanswered(), key=lambda each: each.created_at_s)
        found = []
        for report in sorted(listed, key=lambda each: (each.created_at_s, each.order_id)):
            if report.state is not ReportedState.CANCEL or self.is_known(report):
                continue
            fitting = (each for each in free if _asked_for(each, report) and report.created_at_s <= latest_s(each))
            intent = next(fitting, None)
            if intent is not None:
                free.remove(intent)
                found.append(Replaced(report, intent.amount - report.executed_volume, intent.is_cancel_wanted))
        return found

    def since_s(self, replaced: Replaced, others: Iterable[Replaced]) -> float:
        """From when on the orders have to be listed that were stored, to find the one in its place, `late_ends`,
        `later_ends` of the others that were cancelled, and which of the `open_rivals` are open."""
        intents = (*self._unanswered(), *self._live())
        sent_s = (earliest_s(intent) for intent in intents if _is_at_price(intent, replaced.report))
        like = [each for each in others if each.has_place_of(replaced)]
        ended_s = (each.report.updated_at_s - CONSTANTS.REPLACEMENT_WITHIN_S for each in (replaced, *like))
        return min((*ended_s, *sent_s))

    def late_ends(self, replaced: Replaced, listed: Iterable[OrderReport]) -> list[Replaced]:
        """The cancelled orders at its price that look like those of lost creates, and that were stored too late to be
        surely ours. A cycle replaced them as well, and how large they were placed is known."""
        found = []
        for report in listed:
            sizes = [
                intent.amount
                for intent in self._unanswered()
                if _is_at_price(intent, replaced.report)
                and _is_at_price(intent, report)
                and report.created_at_s > latest_s(intent)
                and report.origin_volume <= intent.amount
            ]
            if sizes and report.state is ReportedState.CANCEL and not self.is_known(report):
                found.append(Replaced(report, min(sizes)))
        return found

    def later_ends(
        self, replaced: Replaced, others: Iterable[Replaced], listed: Iterable[OrderReport]
    ) -> list[Replaced]:
        """The cancelled orders that may be in the places of others, which is not decided: a later cycle replaced them
        as well. Those that may be in the place of this one are its candidates."""
        cancelled = [report for report in listed if report.state is ReportedState.CANCEL and not self.is_known(report)]
        of_its_own = {report.order_id for report in contenders(replaced, cancelled)}
        known = {each.report.order_id: each for each in others if each is not replaced}
        free = [report for report in cancelled if report.order_id not in of_its_own]
        return [each for each in lines_of(known.values(), free) if each.report.order_id not in known]

    def _live(self) -> list[Intent]:
        return self._journal.in_state(IntentState.LIVE)

    def _unanswered(self) -> Iterable[Intent]:
        return (intent for intent in self._journal.unfinished() if intent.exchange_order_id is None)


def _is_at_price(intent: Intent, report: OrderReport) -> bool:
    place = report.market, report.is_buy, report.price
    return report.is_limit and (intent.market, intent.is_buy, intent.price) == place


def _asked_for(intent: Intent, report: OrderReport) -> bool:
    return earliest_s(intent) <= report.created_at_s and intent.fingerprint == report.fingerprint
