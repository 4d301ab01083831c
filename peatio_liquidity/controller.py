"""The controller: follows the source's book, quotes the own market, hedges what is filled."""

import asyncio
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot import data_path  # type: ignore[attr-defined]
from hummingbot.connector.exchange.peatio.common.errors import PeatioError
from hummingbot.connector.exchange.peatio.metrics.endpoint import publish_samples
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.event.events import MarketEvent, OrderFilledEvent
from hummingbot.data_feed.market_data_provider import MarketDataProvider
from hummingbot.strategy_v2.controllers.controller_base import ControllerBase
from hummingbot.strategy_v2.models.executor_actions import ExecutorAction

from peatio_liquidity.beside import Beside
from peatio_liquidity.config import LiquidityConfig
from peatio_liquidity.depth import wanted_levels
from peatio_liquidity.fill_reports import fill_of_event
from peatio_liquidity.fills import Fill, Venue
from peatio_liquidity.flicker import Flicker
from peatio_liquidity.funds import Purse
from peatio_liquidity.hedge_desk import HedgeDesk
from peatio_liquidity.hedge_journal import HedgeJournal, HedgeJournalError, journal_path
from peatio_liquidity.history import History
from peatio_liquidity.levels import ZERO, Book
from peatio_liquidity.listeners import Listeners
from peatio_liquidity.metrics import LiquidityMetrics
from peatio_liquidity.own_market import OwnMarket
from peatio_liquidity.quality import TopOfBook, quoted
from peatio_liquidity.quotes import Held, Quote, changes
from peatio_liquidity.rates import quote_rate, rates_to
from peatio_liquidity.request_budget import RequestBudget
from peatio_liquidity.risk_watch import RiskWatch
from peatio_liquidity.safety import PriceMoves, Situation, Verdict, verdict
from peatio_liquidity.settings_changes import SettingsChanges
from peatio_liquidity.sources import source_of
from peatio_liquidity.status import status_lines

#: How often the source's book is looked at for a change.
LOOK_INTERVAL_S = 0.01
#: A round without a change: what only time changes (a stale book, a hedge that rests) is seen within it.
IDLE_ROUND_S = 0.25
CREATIONS = (MarketEvent.BuyOrderCreated, MarketEvent.SellOrderCreated)
#: Events of the own market after which there is something to do.
ENDS = (
    MarketEvent.OrderCancelled,
    MarketEvent.OrderFailure,
    MarketEvent.BuyOrderCompleted,
    MarketEvent.SellOrderCompleted,
)


class PeatioLiquidity(ControllerBase):
    """Quotes through the connector's batch calls, without executors, and at each change of the source's book."""

    config: LiquidityConfig

    def __init__(
        self,
        config: LiquidityConfig,
        market_data_provider: MarketDataProvider,
        actions_queue: "asyncio.Queue[list[ExecutorAction]]",
        update_interval: float = 1.0,
    ) -> None:
        super().__init__(config, market_data_provider, actions_queue, update_interval)
        connector = market_data_provider.get_connector(config.connector_name)
        if not isinstance(connector, PeatioExchange):
            raise ValueError(
                f"connector_name is {config.connector_name}, which is no Peatio exchange; paper trade is not possible "
                "on the own market: rehearse with a sandbox"
            )
        self.own = OwnMarket(connector, config.trading_pair)
        self.source = source_of(config, market_data_provider, self.own, self.logger())
        self.own.claim()
        self._rate = quote_rate(config, market_data_provider, self.logger())
        self._budget = RequestBudget(config.requests_per_minute, time.monotonic)
        self._moves = PriceMoves(config.move_window_s)
        self._flicker = Flicker()
        self._wake = asyncio.Event()
        self._loop_task: asyncio.Task[None] | None = None
        self._hedges, self._reading = Beside(), Beside()
        self._last_rate: Decimal | None = None
        self._listeners = Listeners()
        self._history = History(self.own, self.source)
        self.top = TopOfBook(time.monotonic)
        self.fair_price: Decimal | None = None
        self._metrics = LiquidityMetrics(self)  # the endpoint keeps a weak reference
        self.journal: HedgeJournal | None = None
        self.desk: HedgeDesk | None = None
        self.watch: RiskWatch | None = None
        self.verdict = Verdict("the controller has not started", "the controller has not started")
        self.last_error = ""
        self.changes = SettingsChanges(self.logger())

    # Life. Hummingbot starts and stops a controller, with its kill switch also while the bot runs.

    def start(self) -> None:
        """Opens the hedge journal and follows the markets."""
        super().start()
        self._listen()
        if self._loop_task is None or self._loop_task.done():
            self._loop_task = asyncio.ensure_future(self._follow())

    def stop(self) -> None:
        """No more quotes and hedges from here on; the quotes are cancelled. Fills are recorded as before."""
        super().stop()
        if self._loop_task is not None:
            self._loop_task.cancel()
        self._hedges.stop()
        self._reading.stop()
        self.verdict = Verdict("the controller was stopped", "the controller was stopped")
        quotes = [quote.client_order_id for quote in self.own.quotes() if not quote.is_ending]
        if quotes:
            self.own.cancel(quotes)

    def close(self) -> None:
        """Nothing of a stopped controller acts any more. Hummingbot ends the connectors instead, with the process."""
        self._listeners.close()
        self.source.connection.close()
        self._rate.close()
        self.own.release()
        if self.journal is not None:
            self.journal.close()
            self.journal = self.desk = self.watch = None

    def update_config(self, new_config: LiquidityConfig) -> None:
        """Takes up what the file says now, as far as that needs no start."""
        super().update_config(self.changes.applicable(self.config, new_config))

    def determine_executor_actions(self) -> list[ExecutorAction]:
        """None: executors tick every half second, which is too slow for a mirror."""
        return []

    async def update_processed_data(self) -> None:
        """Nothing: the loop reads the books."""

    def to_format_status(self) -> list[str]:
        """The lines in Hummingbot's `status`."""
        return status_lines(self)

    def get_custom_info(self) -> dict[str, Any]:
        """What Hummingbot publishes of a controller over MQTT."""
        exposure = self.desk.exposure.net if self.desk is not None else ZERO
        return {
            "exposure": str(exposure),
            "bids": self.verdict.bids,
            "asks": self.verdict.asks,
            "paper_hedge": self.source.is_paper,
        }

    # The loop.

    async def _follow(self) -> None:
        while True:
            try:
                self._prepare()
                if self.journal is None or self.desk is None:
                    self._say(_both("the own exchange is not ready"))
                else:
                    self._round(self.journal, self.desk)
                if self._history.is_read:
                    self.last_error = ""
            except (HedgeJournalError, PeatioError) as error:
                self._stop_quoting(str(error))
            except Exception as error:
                # A mistake of ours must not leave quotes without anybody who watches them.
                self._stop_quoting(f"unexpected error: {error!r}", error)
            await self._next_change()

    def _prepare(self) -> None:
        if self.watch is None and self.own.connector.ready:
            publish_samples(self.own.connector, self._metrics)
            # Each once, as the file may fail between them.
            journal = self.journal = self.journal or self._open_journal()
            is_market = self.config.hedge_order_type == "market"
            slippage, timeout_s = self.config.max_slippage, self.config.hedge_timeout_s
            self.desk = self.desk or HedgeDesk(journal, self.source, slippage, timeout_s, self.logger(), is_market)
            self.watch = RiskWatch(journal, self.source, self.logger())

    def _open_journal(self) -> HedgeJournal:
        markets = f"{self.own.connector.name} {self.own.trading_pair} / {self.source.name}"
        rate_of = rates_to(self.own.quote, self.market_data_provider)
        return HedgeJournal(journal_path(Path(data_path()), self.config.id), markets, self.own.time_s(), rate_of)

    def _round(self, journal: HedgeJournal, desk: HedgeDesk) -> None:
        # Beside the quotes: the exchanges may take long to answer.
        self._hedges.go_on(desk.follow)
        if not self._history.is_read:
            self._reading.go_on(lambda: self._history.read(journal, desk))
        quotes = self.own.quotes()
        source = self.source.read_others() if self.source.is_ready else Book()
        purse = self._purse(quotes, source, desk)
        now = self._situation(source, journal, desk, purse)
        judged = verdict(now, self.config.limits)
        waits = "" if self._history.is_read else self.last_error or "its history is not read yet"
        self._say(Verdict(judged.bids or waits, judged.asks or waits))
        kept = self._pull(quotes, judged)
        book = self.own.read()
        if not waits:  # those of an earlier run stay until then
            self._quote(quotes, kept, source, now.rate, purse, book)
        self.top.look(book, quoted(book, quotes))
        # Without any rate yet it would not be known what a hedge earns; with an old one it is known well enough.
        # A limit order keeps its price on an old book; of a market order only the book says what it will pay.
        is_young = self.config.hedge_order_type == "limit" or now.source_age_s <= self.config.max_source_age_s
        is_right = source.mid is not None and not source.is_crossed
        can_hedge = not now.source_fault and not waits and is_right and is_young
        if can_hedge and self._last_rate is not None:
            desk.max_slippage, desk.timeout_s = self.config.max_slippage, self.config.hedge_timeout_s
            desk.hedge(source, self._last_rate, purse.hedgeable)
        if self.watch is not None and not self.source.is_paper:
            self.watch.compare_balance(is_quiet=not now.source_fault and not desk.is_waiting)

    def _pull(self, quotes: list[Quote], judged: Verdict) -> list[Quote]:
        """Cancels what a side may not have, whatever the budget of requests has left.

        :return: the others
        """
        gone = [quote.client_order_id for quote in quotes if not quote.is_ending and judged.of(quote.is_bid)]
        if gone:
            self.own.cancel(gone)
            self._budget.take(len(gone))
        return [quote for quote in quotes if quote.client_order_id not in gone]

    def _quote(
        self, quotes: list[Quote], kept: list[Quote], source: Book, rate: Decimal | None, purse: Purse, book: Book
    ) -> None:
        self._budget.per_minute = self.config.requests_per_minute
        wanted = Book()
        if rate is not None and not (self.verdict.bids and self.verdict.asks):
            others = self.own.others(book, quotes)
            both = wanted_levels(source, self.config.shape, rate, self.own.rules, purse.funds(), others)
            wanted = Book(() if self.verdict.bids else both.bids, () if self.verdict.asks else both.asks)
        sent = changes(kept, wanted, self.config.tolerance, self._held(wanted)).within(self._budget.left)
        if sent.cancels:
            self.own.cancel(sent.cancels)
        fitting = max(0, self.own.creates_left - len(sent.cancels)) if sent.creates else 0
        creates = purse.affordable(sent.creates[:fitting], quotes)
        self._budget.take(len(sent.cancels) + len(creates))
        if creates:
            self.own.create(creates)

    def _held(self, wanted: Book) -> Held:
        hold_s, now_s = self.config.flicker_hold_s, time.monotonic()
        self._flicker.look(wanted, self.config.amount_tolerance, hold_s, now_s)
        # Half of the spread is left to earn on a quote whose level is gone.
        return lambda stale: self._flicker.held(stale, wanted, self.config.spread / 2, hold_s, now_s)

    def _purse(self, quotes: list[Quote], source: Book, desk: HedgeDesk) -> Purse:
        held_quote = sum((quote.price * quote.remaining for quote in quotes if quote.is_bid), ZERO)
        held_base = sum((quote.remaining for quote in quotes if not quote.is_bid), ZERO)
        return Purse(
            bid_budget=self.config.bid_budget_quote,
            ask_budget=self.config.ask_budget_base,
            quote=self.own.available(self.own.quote) + held_quote,
            base=self.own.available(self.own.base) + held_base,
            exposure=desk.exposure,
            bound=self.config.max_exposure_base,
            hedgeable=self.source.hedgeable(source, self.config.max_slippage),
        )

    def _situation(self, source: Book, journal: HedgeJournal, desk: HedgeDesk, purse: Purse) -> Situation:
        rate, mid = self._rate.value, source.mid
        if rate is not None:
            self._last_rate = rate
        if mid is not None:
            self._moves.add(time.monotonic(), mid)
        self.fair_price = None if mid is None or rate is None else mid * rate
        profit = journal.figures.profit(self.fair_price)
        shortage = {}
        if self.fair_price is not None and self.own.is_ready:
            shortage = {is_bid: purse.shortage(is_bid, self.fair_price, self.own.rules) for is_bid in (True, False)}
        return Situation(
            is_own_ready=self.own.is_ready,
            source_fault=self.source.fault,
            source=source,
            source_age_s=self.source.age_s,
            rate=rate,
            rate_age_s=self._rate.age_s,
            move=self._moves.largest(time.monotonic()),
            exposure=purse.exposure,
            smallest_hedge=self.source.rules.smallest(mid) if self.source.is_ready and mid is not None else ZERO,
            loss="" if self.watch is None else self.watch.loss(profit, self.config.max_loss_quote),
            shortage=shortage,
            unhedgeable=desk.unhedgeable,
            hedge_in_doubt=desk.in_doubt,
        )

    async def _next_change(self) -> None:
        until_s = time.monotonic() + IDLE_ROUND_S
        # Nothing sets an event when Hummingbot's book changes.
        while not (self._wake.is_set() or self.source.has_changed()) and time.monotonic() < until_s:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_INTERVAL_S)
        self._wake.clear()

    # What happens on the markets.

    def _listen(self) -> None:
        if self._listeners:
            return
        self._listeners.add(self.own.connector, MarketEvent.OrderFilled, self._on_own_fill)
        self._listeners.add(self.source.connector, MarketEvent.OrderFilled, self._on_source_fill)
        for kind in CREATIONS:
            self._listeners.add(self.source.connector, kind, self._on_source_creation)
        for kind in ENDS:
            self._listeners.add(self.own.connector, kind, self._on_own_end)
            self._listeners.add(self.source.connector, kind, self._on_source_end)

    def _on_own_fill(self, fill: OrderFilledEvent) -> None:
        if fill.trading_pair == self.own.trading_pair:
            self._record(replace(fill_of_event(fill), at_s=self.own.filled_at_s(fill)))
            self._wake.set()

    def _on_source_fill(self, fill: OrderFilledEvent) -> None:
        if self.desk is not None and fill.trading_pair == self.source.trading_pair:
            try:
                self.desk.on_fill(replace(fill_of_event(fill), at_s=self.source.filled_at_s(fill)))
            except HedgeJournalError as error:
                self._stop_quoting(str(error))
            self._wake.set()

    def _on_source_creation(self, event: Any) -> None:
        if self.desk is not None and event.exchange_order_id is not None:
            try:
                self.desk.on_creation(event.order_id, str(event.exchange_order_id))
            except HedgeJournalError as error:
                self._stop_quoting(str(error))

    def _on_own_end(self, event: Any) -> None:
        self.own.on_end(event.order_id)
        self._wake.set()

    def _on_source_end(self, event: Any) -> None:
        if self.desk is not None:
            self.desk.on_end(event.order_id)
        self._wake.set()

    def _record(self, fill: Fill) -> None:
        if self.journal is None:
            self._history.keep(fill)
            return
        try:
            self.journal.add_fill(Venue.OWN, fill)
        except HedgeJournalError as error:
            self._history.keep(fill)  # until the file works
            self._stop_quoting(str(error))

    # Helpers.

    def _say(self, new: Verdict) -> None:
        for side, before, now in (("Bids", self.verdict.bids, new.bids), ("Asks", self.verdict.asks, new.asks)):
            if _kind(before) != _kind(now):
                self.logger().info(f"{side} of {self.own.trading_pair}: {f'off, {now}' if now else 'on'}.")
        self.verdict = new

    def _stop_quoting(self, reason: str, error: Exception | None = None) -> None:
        if reason != self.last_error:
            self.last_error = reason
            self.logger().error(f"No quotes on {self.own.trading_pair}: {reason}", exc_info=error)
        self.verdict = _both(reason)
        quotes = [quote.client_order_id for quote in self.own.quotes() if not quote.is_ending]
        if quotes:
            self.own.cancel(quotes)


def _both(reason: str) -> Verdict:
    return Verdict(reason, reason)


def _kind(reason: str) -> str:
    """A reason without its numbers: the log names a reason once, not at each new number."""
    return "".join(letter for letter in reason if not letter.isdigit())

