"""Whether a create may leave: the one place that decides it."""

import time
from collections.abc import Callable, Iterable, Mapping

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import FencedError, PlacementError, WithdrawnError
from hummingbot.connector.exchange.peatio.common.instruments import MarketRule
from hummingbot.connector.exchange.peatio.execution.create import Create, CreatesUnderWay
from hummingbot.connector.exchange.peatio.execution.cycle_pause import CyclePause
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import Intent, OrderFingerprint
from hummingbot.connector.exchange.peatio.execution.maker_only import MakerOnly
from hummingbot.connector.exchange.peatio.execution.pauses import PlacementPauses
from hummingbot.connector.exchange.peatio.execution.self_trades import crossed_orders
from hummingbot.connector.exchange.peatio.guard.dead_mans_switch import DeadMansSwitch
from hummingbot.connector.exchange.peatio.settings.live import Settings, refusal
from hummingbot.connector.trading_rule import TradingRule
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.order_book import OrderBook


class Admission:
    """Asked before an order is written down, and again where its create leaves, after all waits.

    :param creates: the creates under way
    :param undecided: an order of that fingerprint of which it is not known which order at the exchange it is
    :param own_orders: every order of this connector that Hummingbot tracks
    :param books: the order books by trading pair
    :param rules: the trading rules by trading pair
    :param settings: no create leaves while they cannot be read; whether an order that would match one's own is refused
    :param now_s: a clock that never steps
    """

    def __init__(
        self,
        pauses: PlacementPauses,
        maker_only: MakerOnly,
        cycle_pause: CyclePause,
        switch: DeadMansSwitch,
        creates: CreatesUnderWay,
        undecided: Callable[[OrderFingerprint], Intent | None],
        own_orders: Callable[[], Iterable[TrackedOrder]],
        books: Callable[[], Mapping[str, OrderBook]],
        rules: Callable[[], Mapping[str, TradingRule]],
        settings: Settings,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pauses = pauses
        self._maker_only = maker_only
        self._cycle_pause = cycle_pause
        self._switch = switch
        self._creates = creates
        self._undecided = undecided
        self._own_orders = own_orders
        self._books = books
        self._rules = rules
        self._settings = settings
        self._now_s = now_s
        self._is_stopped = True
        self._not_reconciled = "The orders of the last run are not reconciled yet."
        self._checks = (
            self._while_stopped,
            self._before_reconciliation,
            self._behind_a_fence,
            self._while_settings_are_unreadable,
            self._during_a_pause,
            self._outside_the_trading_rule,
            self._withdrawn_or_stale,
            self._like_an_undecided_order,
            self._against_own_orders,
            self._not_only_making,
        )

    def start(self) -> None:
        """The connector's network runs."""
        self._is_stopped = False

    def stop(self) -> None:
        """Refuses every create until `start`."""
        self._is_stopped = True

    def on_not_reconciled(self, reason: str) -> None:
        """Refuses every create until `on_reconciled`.

        :param reason: a sentence for the user
        """
        self._not_reconciled = reason

    def on_reconciled(self) -> None:
        """The orders of the last run are reconciled with the exchange."""
        self._not_reconciled = ""

    @property
    def is_reconciled(self) -> bool:
        return not self._not_reconciled

    def verdict(self, create: Create) -> PlacementError | None:
        """Why the order may not be sent; None where it may."""
        for check in self._checks:
            error = check(create)
            if error is not None:
                return error
        return None

    def check(self, create: Create) -> None:
        """:raises PlacementError: when the order may not be sent"""
        error = self.verdict(create)
        if error is not None:
            raise error

    def _while_stopped(self, create: Create) -> PlacementError | None:
        return WithdrawnError("The connector was stopped before the order was sent.") if self._is_stopped else None

    def _before_reconciliation(self, create: Create) -> PlacementError | None:
        if not self._not_reconciled:
            return None
        return PlacementError(f"No order is placed before those of the last run are reconciled. {self._not_reconciled}")

    def _behind_a_fence(self, create: Create) -> PlacementError | None:
        try:
            self._switch.check()
        except FencedError as error:
            return error
        return None

    def _while_settings_are_unreadable(self, create: Create) -> PlacementError | None:
        return PlacementError(refusal(self._settings.problem)) if self._settings.problem else None

    def _during_a_pause(self, create: Create) -> PlacementError | None:
        return self._pauses.verdict(create.trading_pair) or self._cycle_pause.verdict(create.trading_pair)

    def _outside_the_trading_rule(self, create: Create) -> PlacementError | None:
        key, amount, price = create.client_order_id, create.amount, create.limit_price
        rule = self._rules().get(create.trading_pair)
        if not amount.is_finite() or amount <= 0:
            return PlacementError(f"The amount of order {key} is {amount}, not above 0.")
        if price is not None and (not price.is_finite() or price <= 0):
            return PlacementError(f"The price of order {key} is {price}, not above 0.")
        if rule is not None and amount < rule.min_order_size:
            return PlacementError(
                f"The amount of order {key}, {amount:f}, is below the minimum of {create.trading_pair}, "
                f"{rule.min_order_size:f}. Raise the order amount."
            )
        if price is not None and isinstance(rule, MarketRule) and not rule.allows_price(price):
            return PlacementError(
                f"The price of order {key}, {price:f}, is outside the limits of {create.trading_pair}, "
                f"{rule.price_limits}. Choose a price within them."
            )
        return None

    def _withdrawn_or_stale(self, create: Create) -> PlacementError | None:
        if create.withdrawal:
            return WithdrawnError(create.withdrawal)
        waited_s = self._now_s() - create.taken_at_s
        if waited_s > CONSTANTS.STALE_CREATE_S:
            return WithdrawnError(f"The order waited for {waited_s:.0f} s; its price may be out of date.")
        return None

    def _like_an_undecided_order(self, create: Create) -> PlacementError | None:
        undecided = self._undecided(create.fingerprint)
        if undecided is None:
            return None
        return PlacementError(
            f"No order to {undecided.description} is placed: order {undecided.client_order_id} may be any of several "
            "orders that look like it. Cancel those that you do not want at the exchange."
        )

    def _against_own_orders(self, create: Create) -> PlacementError | None:
        if create.order_type is OrderType.MARKET and not create.is_way_clear:
            return None
        own = next(iter(self.crossed(create)), None)
        if own is None:
            return None
        is_market = own.order_type is OrderType.MARKET
        which = f"market order {own.client_order_id}" if is_market else f"order {own.client_order_id} at {own.price}"
        return PlacementError(
            f"The order would match our own {which}, which Peatio does not prevent. Change the strategy's prices, or "
            "allow it with `refuse_self_trades: false` in conf/peatio.yml."
        )

    def crossed(self, create: Create) -> list[TrackedOrder]:
        """The own orders that the order would match, where that is to be prevented."""
        if not self._settings.current.refuse_self_trades:
            return []
        # Of two creates that would match, the one that was admitted first goes on. What a market order matches once it
        # was answered is past preventing.
        resting = (
            own
            for own in self._own_orders()
            if own.trade_type is not create.trade_type
            and (
                self._creates.precedes(own.client_order_id, create)
                or (own.exchange_order_id is not None and own.order_type is not OrderType.MARKET)
            )
        )
        return crossed_orders(create, resting, self._books().get(create.trading_pair))

    def _not_only_making(self, create: Create) -> PlacementError | None:
        return self._maker_only.verdict(create)
