"""What orders reserve in the balances: ours from their row in the journal on, those of others from their event on."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hummingbot.connector.exchange.peatio.account.balances import Balances
from hummingbot.connector.exchange.peatio.common.messages import ZERO, OrderReport, ReportedState
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import Intent, OrderFingerprint
from hummingbot.connector.exchange.peatio.execution.pending_events import PrivateEvent
from hummingbot.connector.utils import split_hb_trading_pair
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.order_book import OrderBook

# What Peatio adds to the estimated costs of a market buy (docs/protocol.md section 4.6).
MARKET_BUY_MARGIN = Decimal("1.1")


@dataclass(frozen=True)
class _Candidate:
    fingerprint: OrderFingerprint
    currency: str
    locked: Decimal


class Reservations:
    """
    :param pair_of: the trading pair of Peatio's symbol of a market, None where it is not known
    """

    def __init__(
        self,
        balances: Balances,
        order_books: Callable[[], Mapping[str, OrderBook]],
        pair_of: Callable[[str], str | None],
    ) -> None:
        self._balances = balances
        self._order_books = order_books
        self._pair_of = pair_of
        #: Open orders that look like an intent of ours without an answer: order id → what they are and lock. They are
        #: counted as others' once that intent is given up.
        self._candidates: dict[str, _Candidate] = {}
        self._counted: dict[str, _Candidate] = {}
        #: Those that have not ended, by their client order ids.
        self._market_buys: dict[str, Intent] = {}

    def on_intent_open(self, intent: Intent) -> None:
        """As `IntentListener`, for the journal."""
        base, quote = split_hb_trading_pair(intent.trading_pair)
        amount: Decimal | None = intent.amount
        spends, receives = base, quote
        if intent.is_buy:
            spends, receives = quote, base
            if intent.price is None:
                amount = self._estimate(intent)
            else:
                amount = intent.price * intent.amount
        is_answered = intent.exchange_order_id is not None
        is_market = intent.price is None
        is_estimate = is_market and intent.is_buy
        self._balances.reserve(
            intent.client_order_id, spends, receives, amount, is_answered, is_market, is_estimate
        )
        if intent.exchange_order_id is not None:
            self._claim(intent.exchange_order_id)

    def _estimate(self, intent: Intent) -> Decimal | None:
        """What Peatio locks at most for a market buy, None where the book is too short to say.

        Others of this bot may take the cheapest volume before Peatio estimates.
        """
        others = (each for each in self._market_buys.values() if each.client_order_id != intent.client_order_id)
        ahead = sum((each.amount for each in others if each.trading_pair == intent.trading_pair), ZERO)
        self._market_buys[intent.client_order_id] = intent
        costs = _costs(ahead, intent.amount, self._order_books().get(intent.trading_pair))
        return None if costs is None else costs * MARKET_BUY_MARGIN

    def _claim(self, order_id: str) -> None:
        """The order is ours, and reserved."""
        self._candidates.pop(order_id, None)
        counted = self._counted.pop(order_id, None)
        if counted is not None:
            self._balances.end_of_others(order_id, counted.currency, counted.locked)

    def on_intent_over(self, intent: Intent) -> None:
        """As `IntentListener`, for the journal."""
        if intent.exchange_order_id is None:
            self._count_candidates(intent.fingerprint)
        self._release(intent.client_order_id)

    def _release(self, key: str) -> None:
        self._market_buys.pop(key, None)
        self._balances.release(key)

    def _count_candidates(self, fingerprint: OrderFingerprint) -> None:
        """What such an order locks is not free only because it is not ours."""
        for order_id, candidate in list(self._candidates.items()):
            if candidate.fingerprint == fingerprint:
                self._counted[order_id] = self._candidates.pop(order_id)
                self._balances.lock_of_others(order_id, candidate.currency, candidate.locked)
                self._balances.doubt()  # it may have been filled in part

    def on_report(self, order: TrackedOrder, report: OrderReport) -> None:
        """The exchange reports one of our orders. Its fills so far are recorded."""
        key = order.client_order_id
        if report.state.is_final:
            self._release(key)
            for order_id in report.ids:
                self._balances.ended(order_id)
        elif report.state is ReportedState.WAIT and order.order_type is not OrderType.MARKET:
            if not self._balances.is_reserved(key):
                if not order.is_open:
                    return  # a late report of an order that has ended
                self._reserve_rest(order)
            self._balances.live(key, _rest(order))

    def on_end_seen(self, order: TrackedOrder) -> None:
        """The exchange has ended the order; Hummingbot is informed later."""
        self._balances.end_seen(order.client_order_id)

    def on_resized(self, order: TrackedOrder) -> None:
        """The exchange changed the order's size, and with it what it locks."""
        self._balances.resize(order.client_order_id, _rest(order))

    def on_replaced(self, order: TrackedOrder, report: OrderReport) -> None:
        """Another order of the exchange took its place; what that one locks may have been counted as another's."""
        self._candidates.pop(report.order_id, None)
        is_buy = order.trade_type is TradeType.BUY
        lock = report.remaining_volume * (order.price if is_buy else 1)
        self._balances.end_of_others(report.order_id, order.quote_asset if is_buy else order.base_asset, lock)

    def _reserve_rest(self, order: TrackedOrder) -> None:
        """For an order without a row in the journal: restored by Hummingbot."""
        spends, receives = order.base_asset, order.quote_asset
        if order.trade_type is TradeType.BUY:
            spends, receives = receives, spends
        self._balances.reserve(order.client_order_id, spends, receives, _rest(order), is_answered=True)

    def on_event_of_others(self, event: PrivateEvent, own: Iterable[Intent]) -> None:
        """An event of an order that is not tracked.

        :param own: the intents that are not closed; one of them may be the order's, and then it has a reservation
        """
        pair = self._pair_of(event.market)
        if not isinstance(event, OrderReport) or event.trouble or pair is None:
            self._balances.doubt()
            return
        base, quote = split_hb_trading_pair(pair)
        currency = quote if event.is_buy else base
        rest = event.remaining_volume * (event.price or ZERO) if event.is_buy else event.remaining_volume
        is_lock = event.state is ReportedState.WAIT and event.is_limit
        if event.state.is_final:
            self._candidates.pop(event.order_id, None)
            self._counted.pop(event.order_id, None)
        for intent in own:
            if intent.exchange_order_id in event.ids:
                return
            # Where the answer to a create has a uuid alone, events name the order by a number that is asked for.
            has_number = intent.exchange_order_id is not None and intent.exchange_order_id.isdecimal()
            if not has_number and intent.fingerprint == event.fingerprint:
                if is_lock and intent.exchange_order_id is None:
                    self._candidates[event.order_id] = _Candidate(event.fingerprint, currency, rest)
                return
        if event.executed_volume > ZERO:
            self._balances.doubt()
        if event.state.is_final:
            self._balances.end_of_others(event.order_id, currency, rest if event.is_limit else ZERO)
        elif is_lock and event.executed_volume == ZERO:
            self._balances.lock_of_others(event.order_id, currency, rest)


def _rest(order: TrackedOrder) -> Decimal:
    """What a limit order locks: a buy its price times its volume, less what it has cost so far."""
    rest: Decimal = order.amount - order.executed_amount_base
    if order.trade_type is TradeType.BUY:
        spent = order.executed_amount_quote - order.size.carried_quote
        rest = order.price * (order.amount - order.size.carried) - spent
    return max(rest, ZERO)


def _costs(ahead: Decimal, amount: Decimal, book: OrderBook | None) -> Decimal | None:
    """What `amount` costs behind the cheapest volume of `ahead`; None where the book is too short to say."""
    costs = ZERO
    for entry in () if book is None else book.ask_entries():
        volume = Decimal(str(entry.amount))
        skipped = min(ahead, volume)
        taken = min(amount, volume - skipped)
        costs += taken * Decimal(str(entry.price))
        ahead -= skipped
        amount -= taken
        if amount <= ZERO:
            return costs
    return None
