"""What the connector adds around the execution engine: settings, balances, and the answers to what the engine asks."""

import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from hummingbot.connector.exchange.peatio.account.balance_updates import BalanceUpdates
from hummingbot.connector.exchange.peatio.account.balances import Balances
from hummingbot.connector.exchange.peatio.common.messages import FeeRates, TradeReport
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.execution.engine import ExecutionEngine
from hummingbot.connector.exchange.peatio.execution.engine_host import EngineIdentity
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import OrderEnd
from hummingbot.connector.exchange.peatio.execution.order_recall import OrdersLike, orders_like
from hummingbot.connector.exchange.peatio.execution.order_sizes import OrderSizes
from hummingbot.connector.exchange.peatio.execution.recorded_digits import RecordedDigits
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.connector.exchange.peatio.execution.trade_records import OrderRecord, database_of, record_of
from hummingbot.connector.exchange.peatio.execution.unended_orders import UnendedOrder, unended_orders
from hummingbot.connector.exchange.peatio.feeds.configured_rates import use_configured_rates
from hummingbot.connector.exchange.peatio.order_books.sync import BookSync
from hummingbot.connector.exchange.peatio.peatio_order_entry import PeatioOrderEntry
from hummingbot.connector.exchange.peatio.resizes.strategy_orders import resize_copies
from hummingbot.connector.exchange.peatio.settings.hummingbot_host import notify, running_strategy
from hummingbot.connector.exchange.peatio.settings.live import Settings
from hummingbot.core.data_type.in_flight_order import OrderState


class PeatioEngineHost(PeatioOrderEntry):
    """Builds settings, balances and engine; `PeatioExchange` connects them to Hummingbot's hooks.

    :param settings: of `conf/peatio.yml`
    :param journal_folder: where the order journal lies
    :param instance: which Hummingbot instance this is
    :raises ConfigError: when the domain cannot be read
    """

    def __init__(
        self,
        api_key: str,
        secret_key: str,
        exchange_domain: str,
        balance_asset_limit: dict[str, dict[str, Decimal]] | None,
        rate_limits_share_pct: Decimal,
        trading_pairs: list[str],
        trading_required: bool,
        name: str,
        settings: Settings,
        journal_folder: Path,
        instance: str,
    ) -> None:
        self._settings = settings
        use_configured_rates(self._settings.current.rates, self.logger())
        self._order_sizes = OrderSizes(lambda text: notify(text, self.logger(), logging.ERROR))
        self._recorded_digits = RecordedDigits(
            lambda text: notify(text, self.logger()), lambda: self.strategy_database() is not None
        )
        #: What is done for orders; a lost network does not end it.
        self._order_tasks = Tasks(self.logger())
        self._announced = set()
        super().__init__(
            api_key=api_key,
            secret_key=secret_key,
            exchange_domain=exchange_domain,
            balance_asset_limit=balance_asset_limit,
            rate_limits_share_pct=rate_limits_share_pct,
            trading_pairs=trading_pairs,
            trading_required=trading_required,
            name=name,
        )
        self._balances = Balances()
        self._account_available_balances, self._account_balances = self._balances.available, self._balances.total
        self._balance_updates = BalanceUpdates(
            self.rest,
            self._balances,
            self._ask_for_orders,
            self._moving_currencies,
            self._on_funds_moved,
            self._network_tasks,
            self._time,
            self.exchange_clock.measured_s,
            self._sleep,
            self.logger(),
            self._log_once,
        )
        self._engine = ExecutionEngine(
            self,
            EngineIdentity(
                journal_folder,
                instance,
                self.site,
                self._login_name,
                self.name,
            ),
            self._settings,
            self.rest,
            self._order_tracker,
            self._balances,
            self._order_tasks,
            self._time,
            self.exchange_clock.time_s,
            self._sleep,
            self.logger(),
        )

    def _create_order_tracker(self) -> OrderTracker:
        return OrderTracker(self, self, self._order_tasks)

    # What the engine needs (`EngineHost`).

    async def market_to_trade(self, trading_pair: str) -> str:
        await self.exchange_clock.ensure()
        return str(await self.exchange_symbol_associated_to_pair(trading_pair))

    @property
    def market_books(self) -> Mapping[str, BookSync]:
        return self.order_book_tracker.markets  # type: ignore[no-any-return]

    def usual_rates(self, trading_pair: str) -> FeeRates | None:
        return self._fees.rates(trading_pair)

    def strategy_database(self) -> str | None:
        return database_of(self)

    def order_record(self, client_order_id: str) -> OrderRecord:
        return record_of(self, client_order_id)

    async def reconcile_everything(self) -> Sequence[str]:
        await self._status_polling_loop_fetch_updates()
        failed = {
            "the state of the orders": self._engine.reconciler.has_failed,
            "the balances": self._balance_updates.has_failed,
        }
        return [what for what, has_failed in failed.items() if has_failed]

    def on_funds_changed(self) -> None:
        self._balance_updates.on_funds_changed()

    def on_resized(self, order: TrackedOrder) -> None:
        try:
            resize_copies(running_strategy(), order.client_order_id, order.amount)
        except Exception:  # Hummingbot's own lists; the order itself is right
            self.logger().exception(f"The strategy's copy of order {order.client_order_id} has its old size.")

    def on_rules_doubted(self) -> None:
        self._rules_wanted.set()

    def notify(self, text: str) -> None:
        notify(text, self.logger())

    def on_order_ended(self, order: TrackedOrder, state: OrderState) -> None:
        """As `EndListener`, for the tracker."""
        self._engine.on_order_ended(order, state)

    # Balances.

    async def _update_balances(self) -> None:
        await self._balance_updates.fetch()

    async def _update_all_balances(self) -> None:
        """As the base class at a poll, but without a traceback at each poll of an outage."""
        await self._balance_updates.poll()

    async def update_all_balances(self) -> None:
        await self._balance_updates.poll()

    def _moving_currencies(self) -> set[str]:
        """Those of which the exchange changes balances without a trade, as far as known."""
        named = {currency for pair in self._settings.current.pegged for currency in pair.split("-")}
        return named | self._balances.resized

    def _on_funds_moved(self, currency: str, before: Decimal, after: Decimal) -> None:
        self._engine.resizes.log.on_moved(currency, before, after)

    async def _ask_for_orders(self, is_overdue: bool) -> bool:
        """Whether every fill and end so far could be learned."""
        await self._engine.reconciler.poll(is_overdue)
        await self._engine.poll()
        return not self._engine.reconciler.has_failed and self._engine.reports.is_complete

    # For strategies that count what may still be filled (`peatio_liquidity`).

    @property
    def creates_left(self) -> int:
        """How many orders the exchange's limit on the account lets out now; more would wait. To be asked by who has
        orders to place: where none can leave, the connector's own queries give way for a moment."""
        return int(self._throttler.left_for_orders())

    def unended_orders(self, trading_pair: str) -> list[UnendedOrder]:
        """This bot's orders that are not known to have ended, of earlier runs too; complete once `ready`."""
        look_alikes = self._engine.late_orders.look_alikes
        return unended_orders(self._engine.journal.unfinished(), self._order_tracker, trading_pair, look_alikes)

    async def look_for_lost_orders(self, trading_pair: str) -> None:
        """Asks now for the orders whose create was ambiguous and that the exchange did not have.

        :raises RequestError, MessageError, JournalError: when the exchange or the journal does not answer
        """
        await self._engine.late_orders.look(trading_pair)

    def order_end(self, client_order_id: str) -> OrderEnd | None:
        """How an order of this bot ended, also of an earlier run; None where it has not, or that is not known.

        :raises JournalError: when the order journal cannot be read
        """
        return self._engine.journal.end_of(client_order_id)

    async def orders_like(
        self, trading_pair: str, is_buy: bool, amount: Decimal, price: Decimal | None, since_s: float
    ) -> OrdersLike:
        """The orders of that size and price since then, of this bot and of nobody that its order journal knows.

        :param price: None for market orders
        :param since_s: epoch seconds by the exchange's clock
        :raises RequestError, MessageError: when the exchange does not answer, or has more orders than it lists at once
        :raises JournalError: when the order journal cannot be read
        """
        market = await self.market_to_trade(trading_pair)
        wanted = market, is_buy, amount, price
        return await orders_like(self.rest, self._engine.journal, trading_pair, wanted, since_s)

    async def trades_of_bot(self, trading_pair: str, since_s: int) -> list[tuple[str, TradeReport]]:
        """What the exchange reports of trades of this bot's orders since then (epoch seconds), with fees.

        :return: each with the client order id of its order
        :raises RequestError: when the exchange does not answer
        :raises JournalError: when it cannot be read whose orders they are
        """
        market = await self.market_to_trade(trading_pair)
        trades = await self.rest.trades(since_s, market)
        owners = [self._engine.journal.claimed_by(trade.order_id) for trade in trades]
        return [(owner, trade) for owner, trade in zip(owners, trades, strict=True) if owner is not None]
