"""One connector under watch: what its strategy sees, beside what the exchange and the disk show."""

import contextvars
import math
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME
from hummingbot.core.data_type.common import OrderType, TradeType

from simulation import pegged
from simulation.monitors.attach import attach
from simulation.monitors.balances import BalanceMonitor, Knowledge, unknowable
from simulation.monitors.books import LATE_S, BookMonitor
from simulation.monitors.cancels import CancelMonitor
from simulation.monitors.disturbances import Disturbances
from simulation.monitors.ghosts import GhostMonitor
from simulation.monitors.journal_rows import due_cancels, known_ids, read_rows, wanted_cancels
from simulation.monitors.lookups import LookupMonitor
from simulation.monitors.owners import Fingerprint, OwnerMonitor, Row
from simulation.monitors.published_books import key_of
from simulation.monitors.silence import SilenceMonitor
from simulation.monitors.views import (
    free_funds,
    ghosts,
    has_crossed_book,
    has_room,
    live_order,
    open_records,
    shown_levels,
    taking_order,
)
from simulation.monitors.violation import Violation
from test.chaos.reports import Intended, side_of, type_of
from test.chaos.trader import PairScript

if TYPE_CHECKING:
    from simulation.bot import BotLife
    from simulation.bots import Bot

#: Where an order rests that only shows that the bot trades, as a part of the middle price.
REST_PRICE = Decimal("0.9")
#: A clock that ticks once a second and then not for so long stood still.
LATE_TICK_S = 1.5


@dataclass
class Monitors:
    """All of one world.

    :ivar report: gets what a monitor yields
    :ivar now_s: seconds since the start of the world
    :ivar is_left_alone: whether a bot reported that it leaves an order alone that was stored too late
    :ivar watched: the connector of each bot that runs
    """

    report: Callable[[Iterable[Violation]], None]
    now_s: Callable[[], float]
    is_left_alone: "Callable[[Bot, str], bool]"
    disturbances: Disturbances = field(default_factory=Disturbances)
    balances: BalanceMonitor = field(default_factory=BalanceMonitor)
    lookups: LookupMonitor = field(default_factory=LookupMonitor)
    silence: SilenceMonitor = field(default_factory=SilenceMonitor)
    watched: "dict[str, BotWatch]" = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.books = BookMonitor(self.disturbances)
        self.cancels = CancelMonitor(self.disturbances)
        self.owners = OwnerMonitor(self.disturbances)
        self.ghosts = GhostMonitor(self.disturbances)


class BotWatch:
    """As `Strategy`. Made in the context in which the connector was made: it is attached there.

    :param number: of the connector
    :ivar order_ids: client order id → id at the exchange, as announced in all lives
    :ivar intended: client order id → when the strategy asked for it in this life, and what the exchange is asked for
    """

    def __init__(self, monitors: Monitors, bot: "Bot", life: "BotLife", number: int) -> None:
        assert life.connector is not None
        self.bot = bot
        self.life = life
        self.connector = life.connector
        self.number = number
        self.order_ids: dict[str, str] = {}
        self.intended: dict[str, tuple[float, Fingerprint]] = {}
        self.ready_at_s = math.inf
        self._failed: set[str] = set()
        self._monitors = monitors
        self._is_stopped = False
        self._ticked_at_s = math.inf
        attach(self.connector, number, self)
        self._context = contextvars.copy_context()

    @property
    def is_running(self) -> bool:
        """Whether a strategy could look and act."""
        return self.ready_at_s < math.inf and not self.life.was_killed and not self._is_stopped

    # As `Strategy`.

    def on_tick(self) -> None:
        """Compares everything."""
        at_s, last_s = self._monitors.now_s(), self._ticked_at_s
        self._ticked_at_s = at_s
        if not self.is_running:
            return
        if at_s - last_s > LATE_TICK_S:
            # The process stood still (a stall, a lock of SQLite), and has not read what was sent to it meanwhile.
            self._monitors.disturbances.extend(at_s)
        self.check_balances()
        self._check_books()
        self._check_owners()
        self._check_ghosts()
        monitors = self._monitors
        monitors.report(
            monitors.cancels.check(monitors.now_s(), self.bot.choice.name, self.ready_at_s, self.has_ended)
        )

    def on_cancel(self, client_order_id: str) -> None:
        self._monitors.cancels.asked(self._monitors.now_s(), self.bot.choice.name, client_order_id)

    def on_intended(self, line: Intended) -> None:
        """The strategy asked for an order. The connector cuts what is finer than the exchange's steps."""
        scripts = self.life.plan.script.pair_scripts
        script = next(script for script in scripts if script.pair == line.pair)
        amount = line.amount.quantize(script.amount_step, rounding=ROUND_DOWN)
        price = None if line.price is None else line.price.quantize(script.price_step, rounding=ROUND_DOWN)
        fingerprint = line.pair.replace("-", "").lower(), line.side == "buy", amount, price
        self.intended[line.client_order_id] = self._monitors.now_s(), fingerprint

    def on_balances_asked(self) -> Callable[[], None]:
        """What is to be called once they have arrived."""
        asked_s = self._monitors.now_s()
        return lambda: self.bot.exchange.watch.on_balances_arrived(self.bot.choice.name, asked_s)

    def on_start(self) -> None:
        self._is_stopped = False
        self._monitors.silence.started(self.number)

    def on_stopped(self, pending: list[str]) -> None:
        self._is_stopped = True
        monitors = self._monitors
        monitors.report(monitors.silence.stopped(monitors.now_s(), self.life.host, self.number, pending))

    # The comparisons.

    def check_balances(self) -> None:
        """What a strategy may spend, against the exchange's ledger."""
        if not self.is_running:
            return
        monitors = self._monitors
        currencies = sorted({part for pair in self.life.plan.script.pairs for part in pair.split("-")})
        if self.bot.exchange.peg is not None:
            # A cycle takes funds before any message can tell of it.
            currencies = [currency for currency in currencies if currency not in pegged.CURRENCIES]
        available = {currency: self.connector.get_available_balance(currency) for currency in currencies}
        free = free_funds(self.bot.exchange, self.bot.choice.member)
        monitors.report(
            monitors.balances.check(monitors.now_s(), self.life.host, available, free, self._unknowable)
        )

    def _unknowable(self) -> Mapping[str, Decimal]:
        exchange, choice = self.bot.exchange, self.bot.choice
        rows, given_up = self._rows()
        # What arrived a moment ago is compared with orders and trades first.
        read_at_s = exchange.watch.balances_read_at_s(choice.name, self._monitors.now_s() - LATE_S)
        own_ids = {*self.order_ids.values(), *(row.order_id for row in rows if row.order_id is not None)}
        knowledge = Knowledge(choice.name, read_at_s, own_ids, given_up)
        orders = (taking_order(exchange, order) for order in exchange.sandbox.orders(choice.member))
        return unknowable(orders, knowledge)

    def _check_books(self) -> None:
        monitors, watch = self._monitors, self.bot.exchange.watch
        for pair, book in self.connector.order_books.items():
            market = pair.replace("-", "").lower()
            answers = watch.depth_answers[self.bot.choice.name, market]
            key = key_of(shown_levels(book))
            published, stored = watch.books[market], watch.stored_books[market]
            monitors.report(
                monitors.books.check(monitors.now_s(), self.life.host, pair, key, published, answers, stored)
            )

    def _check_owners(self) -> None:
        monitors, exchange, choice = self._monitors, self.bot.exchange, self.bot.choice
        at_s = monitors.now_s()
        orders = [live_order(exchange, order) for order in open_records(exchange, choice.member)]
        journals: dict[str, list[Row]] = {
            other.bot.choice.name: other._rows()[0]
            for other in monitors.watched.values()
            if other.is_running and (other.bot.exchange, other.bot.choice.member) == (exchange, choice.member)
        }
        # An order in the place of another one is in no journal before the bot has found it.
        recorded = [order for order in orders if order.fingerprint[0] not in pegged.MARKETS]
        monitors.report(monitors.owners.check_recorded(at_s, recorded, journals))
        tracker = self.connector._order_tracker
        followed = {
            self.bot.number_of(order.exchange_order_id)
            for order in (*self.connector.in_flight_orders.values(), *tracker.lost_orders.values())
            if order.exchange_order_id is not None
        }
        monitors.report(
            monitors.owners.check_followed(
                at_s, choice.name, orders, followed, self.ready_at_s,
                lambda order_id: monitors.is_left_alone(self.bot, order_id),
            )
        )

    def _check_ghosts(self) -> None:
        monitors, choice = self._monitors, self.bot.choice
        found = [
            ghost for ghost in ghosts(self.bot.exchange) if not monitors.is_left_alone(self.bot, ghost.order_id)
        ]
        if found:
            rows = {row.order_id for row in self._rows()[0] if row.order_id is not None}
            rows |= self._numbers_in_journal(due_cancels)
            known = {*self.order_ids.values(), *self._numbers_in_journal(known_ids)}
            monitors.report(
                monitors.ghosts.check(
                    monitors.now_s(), choice.name, found, rows, known, self.ready_at_s, self.bot.is_journal_whole()
                )
            )

    def _rows(self) -> tuple[list[Row], int]:
        try:
            rows, given_up = read_rows(self.bot.folder / JOURNAL_NAME, self._failed)
        except sqlite3.Error:
            return [], 0
        number_of = self.bot.number_of
        return [
            row if row.order_id is None else replace(row, order_id=number_of(row.order_id)) for row in rows
        ], given_up

    def _numbers_in_journal(self, read: Callable[[Path], set[str]]) -> set[str]:
        try:
            return set(map(self.bot.number_of, read(self.bot.folder / JOURNAL_NAME)))
        except sqlite3.Error:
            return set()

    def on_failed(self, client_order_id: str) -> None:
        """The bot announced that an order failed."""
        self._failed.add(client_order_id)
        intended = self.intended.get(client_order_id)
        if intended is None or client_order_id in self.order_ids:
            return
        intended_at_s, fingerprint = intended
        monitors, exchange, choice = self._monitors, self.bot.exchange, self.bot.choice
        rows, _ = self._rows()
        claimed = {*self.order_ids.values(), *(row.order_id for row in rows)}
        orders = [live_order(exchange, order) for order in open_records(exchange, choice.member)]
        unclaimed = [
            order.order_id
            for order in orders
            if order.creator == choice.name and order.fingerprint == fingerprint and order.order_id not in claimed
        ]
        rivals = sum(
            row.order_id is None and row.fingerprint == fingerprint and row.client_order_id != client_order_id
            for row in rows
        )
        listed = exchange.watch.listed_at_s[choice.name, fingerprint[0], "buy" if fingerprint[1] else "sell"]
        answers = sum(at_s > intended_at_s for at_s in listed)
        monitors.report(
            monitors.lookups.check(
                monitors.now_s(), self.life.host, client_order_id, unclaimed, rivals, answers
            )
        )

    def lost_wishes(self) -> Callable[[str], bool]:
        """After the process died: whether it was asked for an order's cancel and its disk had refused to note that, so
        that no later process can know."""
        refused = any(JOURNAL_NAME in row.path for row in self.life.disk.refused)
        try:
            noted = wanted_cancels(self.bot.folder / JOURNAL_NAME)
        except sqlite3.Error:
            noted = set()
        return lambda client_order_id: refused and client_order_id not in noted

    # For `liveness`.

    def place(self, smallest: int) -> str | None:
        """Lets the strategy place a small order that rests. To be called on the bot's host.

        :param smallest: so many times the smallest amount it is large
        :return: its client order id; None while the bot is not ready, or no market takes another order
        """
        if not self.is_running or not self.connector.ready:
            return None
        pair = next(iter(self._pairs_with_room()), None)
        if pair is None:
            return None
        middle = self.bot.exchange.sandbox.mid_price(pair.pair.replace("-", "").lower()) or pair.price
        price = (middle * REST_PRICE).quantize(pair.price_step)
        return self._context.run(self._buy, pair.pair, smallest * pair.min_amount, price)

    def has_room(self) -> bool:
        """Whether the exchange takes another order of the member, on any of the bot's markets."""
        return bool(self._pairs_with_room())

    def has_books(self) -> bool:
        """Whether the exchange publishes books of the bot's markets that are not crossed."""
        exchange, scripts = self.bot.exchange, self.life.plan.script.pair_scripts
        return not any(has_crossed_book(exchange, one.pair.replace("-", "").lower()) for one in scripts)

    def _pairs_with_room(self) -> list[PairScript]:
        exchange, member = self.bot.exchange, self.bot.choice.member
        scripts = self.life.plan.script.pair_scripts
        return [one for one in scripts if has_room(exchange, member, one.pair.replace("-", "").lower())]

    def _buy(self, pair: str, amount: Decimal, price: Decimal) -> str:
        client_order_id = self.connector.buy(pair, amount, OrderType.LIMIT, price)
        self.life.write(
            Intended(
                client_order_id=client_order_id,
                pair=pair,
                side=side_of(TradeType.BUY),
                order_type=type_of(OrderType.LIMIT),
                amount=amount,
                price=price,
            )
        )
        return client_order_id

    def live(self) -> set[str]:
        """The bot's orders that were announced, and that the exchange has taken from `pending` into its book."""
        store = self.bot.exchange.sandbox.exchange.store
        found = {key: store.order(int(order_id)) for key, order_id in self.order_ids.items()}
        return {key for key, order in found.items() if order is not None and order.state in ("wait", "cancel", "done")}

    def has_ended(self, client_order_id: str) -> bool:
        """Whether the order ended at the exchange, or never got there, as far as anything shows."""
        order_id = self.order_ids.get(client_order_id)
        if order_id is None:
            return True
        order = self.bot.exchange.sandbox.exchange.store.order(int(order_id))
        return order is None or order.state in ("done", "cancel", "reject")
