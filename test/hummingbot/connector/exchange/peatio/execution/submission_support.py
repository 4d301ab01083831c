"""Places orders by the real parts on a scripted exchange, with a real journal and no time of its own."""

import asyncio
import logging
import time
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    BusyError,
    RefusedError,
    UndecidedError,
)
from hummingbot.connector.exchange.peatio.common.messages import FeeRates, OrderReport, ReportedState
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.execution.admission import Admission
from hummingbot.connector.exchange.peatio.execution.counts import OrderCounts, Placement, new_counts
from hummingbot.connector.exchange.peatio.execution.create import Create, CreatesUnderWay
from hummingbot.connector.exchange.peatio.execution.cycle_pause import CyclePause
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.journal_file import JournalFile
from hummingbot.connector.exchange.peatio.execution.lookup import OrderLookup
from hummingbot.connector.exchange.peatio.execution.maker_only import MakerOnly
from hummingbot.connector.exchange.peatio.execution.order_matching import OrderMatching
from hummingbot.connector.exchange.peatio.execution.pauses import PlacementPauses
from hummingbot.connector.exchange.peatio.execution.pending_events import PendingEventBuffer
from hummingbot.connector.exchange.peatio.execution.submission import Submission
from hummingbot.connector.exchange.peatio.guard.dead_mans_switch import DeadMansSwitch
from hummingbot.connector.exchange.peatio.http.create_gate import admission_of_create
from hummingbot.connector.exchange.peatio.order_books.sync import BookSync
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.live import Settings
from hummingbot.core.data_type.common import OrderType, TradeType

LOGGER = logging.getLogger("test")
NOW_S = 1_795_207_684.0
#: How much earlier than its request an order may be stamped: the clock's uncertainty, and a cut-off second.
EARLIER_S = CONSTANTS.CLOCK_UNCERTAINTY_S + 1
SAID = OrderReport(
    order_id="7",
    market="btcusd",
    is_buy=True,
    is_limit=True,
    state=ReportedState.PENDING,
    price=Decimal("30000.0"),
    origin_volume=Decimal("0.10"),
    remaining_volume=Decimal("0.10"),
    executed_volume=Decimal(0),
    created_at_s=NOW_S,
    updated_at_s=NOW_S,
    fee_rates=FeeRates(Decimal("0.001"), Decimal("0.002")),
)


def intent_of(name: str = "c1", amount: str = "0.1", price: str | None = "30000") -> Intent:
    made = Decimal(price) if price else None
    return Intent(name, "BTC-USD", "btcusd", True, Decimal(amount), made, NOW_S)


def create_of(intent: Intent, order_type: OrderType = OrderType.LIMIT) -> Create:
    return Create(
        client_order_id=intent.client_order_id,
        trading_pair=intent.trading_pair,
        trade_type=TradeType.BUY,
        order_type=order_type if intent.price is not None else OrderType.MARKET,
        amount=intent.amount,
        price=intent.price or Decimal("NaN"),
        taken_at_s=time.monotonic(),
    )


class Script:
    """An exchange that answers what it is told to, and a tracker that follows nothing."""

    def __init__(self, creates: list[Any], listings: list[Any]) -> None:
        self.creates = creates
        self.listings = listings
        self.sent = 0
        self.asked = 0

    async def create_order(self, *_: Any) -> OrderReport:
        check = admission_of_create.get()
        assert check is not None
        check()
        self.sent += 1
        return self._next(self.creates)  # type: ignore[no-any-return]

    async def orders_of(self, market: str, is_buy: bool, time_from_s: int) -> list[OrderReport]:
        assert (market, is_buy) == ("btcusd", True)
        assert time_from_s == int(NOW_S) - EARLIER_S
        self.asked += 1
        return self._next(self.listings)  # type: ignore[no-any-return]

    def find(self, order_id: str) -> None:
        return None

    @staticmethod
    def _next(script: list[Any]) -> Any:
        answer = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Host:
    """A submission on a scripted exchange, with a real journal and admission."""

    def __init__(self, folder: Path, creates: list[Any], listings: list[Any]) -> None:
        self.script = Script(creates, listings)
        self.early = PendingEventBuffer()
        self.journal = IntentJournal(lambda: JournalFile(folder / "journal.sqlite", "me", "account"), LOGGER)
        self.journal.open()
        self.books: dict[str, BookSync] = {}
        self.reported: list[str] = []
        self.slept_s: list[float] = []
        self.counts = new_counts()
        self.tasks = Tasks(LOGGER)
        rest: Any = self.script
        self.matching = OrderMatching(rest, self.early, self.journal)
        self.lookup = OrderLookup(rest, self.matching, self.counts, self.sleep, LOGGER)
        self.switch = DeadMansSwitch(
            folder, "peatio", "account", self, self.reported.append, self.tasks, self.sleep, LOGGER
        )
        creates_under_way = CreatesUnderWay()
        settings, no_canceller = Settings(ConnectorSettings()), cast(Any, None)
        self.admission = Admission(
            PlacementPauses(lambda: NOW_S, self.reported.append),
            MakerOnly(lambda: False, lambda: self.books, self.counts, self.reported.append, LOGGER),
            CyclePause(settings, no_canceller, lambda: NOW_S, LOGGER),
            self.switch,
            creates_under_way,
            lambda fingerprint: None,
            list,
            dict,
            dict,
            settings,
        )
        self.admission.start()
        self.admission.on_reconciled()
        self.submission = Submission(
            rest,
            self.market_of,
            self.journal,
            self.lookup,
            self.early,
            self.admission,
            creates_under_way,
            self,
            self.cancel,
            self.counts,
            self.tasks,
            lambda: NOW_S,
            self.sleep,
            LOGGER,
        )

    def cancel(self, order: TrackedOrder) -> "asyncio.Task[None]":
        raise AssertionError("no own order is in the way")

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        await asyncio.sleep(0)

    async def market_of(self, trading_pair: str) -> str:
        return "btcusd"

    async def settle(self) -> list[str]:
        return []

    def on_placed(self, trading_pair: str) -> None: ...

    def on_refused(self, trading_pair: str, error: RefusedError | BusyError) -> None: ...

    def on_undecided(self, error: UndecidedError) -> None:
        self.reported.append(str(error))

    @property
    def counted(self) -> OrderCounts:
        return self.counts["BTC-USD"]

    def results(self) -> dict[Placement, int]:
        return {result: number for result, number in self.counted.placements.items() if number}

    async def place(self, intent: Intent | None = None, order_type: OrderType = OrderType.LIMIT) -> OrderReport:
        with self.early.during_create():
            return await self.submission.submit(create_of(intent or intent_of(), order_type))

    def states(self) -> list[IntentState]:
        return [intent.state for intent in self.journal.unfinished()]
