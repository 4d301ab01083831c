"""A real order of minimal size far from the market: placed, seen by event and over REST, cancelled."""

import asyncio
import time
from decimal import Decimal
from typing import Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.book_messages import price_levels
from hummingbot.connector.exchange.peatio.common.errors import (
    MessageError,
    NotFoundError,
    Outcome,
    PeatioError,
    RequestError,
    StreamError,
)
from hummingbot.connector.exchange.peatio.common.fields import as_decimal
from hummingbot.connector.exchange.peatio.common.messages import OrderReport, ReportedState, private_events

from peatio_cli.doctor.check_runner import ExchangeSession
from peatio_cli.doctor.explain import failure_of
from peatio_cli.doctor.findings import Finding, Verdict, failed, passed
from peatio_cli.doctor.order_plan import OrderPlan, Prices, affordable, buy_plan, costs, plain, sell_plan
from peatio_cli.doctor.public import is_called
from peatio_cli.doctor.stream import StreamSession, open_stream

POLL_S = 0.25
LOST_EVENTS = (
    "Without these events the bot learns of its orders late: tell the exchange that its private stream loses events."
)
BY_HAND = "Look at your open orders at the exchange and cancel it there."


async def check_order(exchange: ExchangeSession) -> Finding:
    """Places the order, follows it to its end and reports it if it may still be open."""
    plan = await _plan(exchange)
    if isinstance(plan, Finding):
        return plan
    async with open_stream(exchange, "private") as session:
        await session.subscribe_private(exchange.auth, exchange.dialect)
        trial = _TrialOrder(exchange, plan, session)
        try:
            finding = await _run_trial(trial)
        finally:
            leftover = await trial.clean_up()
    if leftover:
        message = f"{finding.detail}; " if finding.verdict is Verdict.FAILED else ""
        return failed(f"{message}{leftover}", BY_HAND)
    return finding


async def _run_trial(trial: "_TrialOrder") -> Finding:
    try:
        return await trial.run()
    except Exception as error:
        return failure_of(error)


async def _plan(exchange: ExchangeSession) -> OrderPlan | Finding:
    """The order to place, or the finding that none can be placed."""
    market, asked = exchange.market, exchange.trade_market or ""
    if market is None or not is_called(market, asked):
        names = ", ".join(market.symbol for market in exchange.markets[:10])
        return failed(f"there is no open market '{asked}'", f"Choose one of: {names}")
    depth = await exchange.rest.depth(market.symbol)
    prices = Prices(
        bid=max(_prices(depth.get("bids")), default=None),
        ask=min(_prices(depth.get("asks")), default=None),
        last=(await exchange.rest.last_prices()).get(market.symbol),
    )
    plans = [plan for plan in (buy_plan(market, prices), sell_plan(market, prices)) if plan is not None]
    if not plans:
        return failed(
            f"the limits of {market.symbol} allow no price far from the market",
            "Choose another market for the trial order.",
        )
    balances = (await exchange.rest.balances()).rows
    # The row in Peatio's spelling goes before one in capitals.
    free = {each.currency.lower(): each.free for each in sorted(balances, key=lambda each: each.currency)}
    chosen = affordable(plans, free)
    if chosen is None:
        return failed(
            f"the balance is too small for the smallest order on {market.symbol}", f"Deposit {costs(plans)} or more."
        )
    return chosen


def _prices(side: Any) -> list[Decimal]:
    return [as_decimal(price, "price") for price, _ in price_levels(side)]


class _TrialOrder:
    """One order from its create to its end."""

    def __init__(self, exchange: ExchangeSession, plan: OrderPlan, session: StreamSession) -> None:
        self._rest = exchange.rest
        self._wait_s = exchange.timeouts.order_s
        self._server_time_s = exchange.clock.time
        self._plan = plan
        self._session = session
        self._earlier_ids: set[str] = set()
        self._order_id: str | None = None
        # Every id of the order: events may have another id than the answer to its create.
        self._ids: tuple[str, ...] = ()
        # Whether REST has returned it: a third-party engine may have an order that Peatio does not know yet.
        self._was_in_rest = False
        # Whether a create was sent whose outcome is unknown, and whether the order was looked up after it.
        self._is_unknown = False
        self._was_looked_up = False
        self._is_gone = False
        self._is_ghost_possible = False

    async def run(self) -> Finding:
        """Places, follows and cancels the order."""
        self._earlier_ids = {order.order_id for order in await self._identical_orders()}
        finding = await self._place()
        if finding is not None:
            return finding
        problems: list[Finding] = []
        seen = await self._event(ReportedState.WAIT)
        order = await self._state(ReportedState.WAIT)
        name = f"order {self._order_id} ({self._plan.text})"
        if order.state is ReportedState.REJECT:
            return failed(
                f"{name} was rejected after the exchange had accepted the request",
                "Check that the funds are still free; if they are, the exchange had a problem: try again later.",
            )
        if order.state is ReportedState.PENDING:
            return failed(
                f"{name} is still pending after {self._wait_s:.0f} s",
                "The exchange's order processor does not work: do not trade now, and tell the exchange.",
            )
        if seen is not ReportedState.WAIT:
            problems.append(failed(f"no event reported that {name} is open, only REST did", LOST_EVENTS))
        problems += await self._cancel(name)
        if problems:
            return Finding(
                Verdict.FAILED,
                "; ".join(problem.detail for problem in problems),
                " ".join(dict.fromkeys(problem.remedy for problem in problems)),
            )
        return passed(f"{self._plan.text}: placed, seen by event and REST, cancelled (order {self._order_id})")

    async def _place(self) -> Finding | None:
        """Sends the create. Returns None when there is an order, else the failure."""
        plan = self._plan
        self._is_unknown = True
        try:
            order = await self._rest.create_order(plan.market.symbol, plan.is_buy, plan.amount, plan.price)
        except (RequestError, MessageError) as error:
            if isinstance(error, RequestError) and error.outcome is not Outcome.AMBIGUOUS:
                self._is_unknown = False
                refused = failure_of(error)
                return failed(f"{plan.text} was refused: {refused.detail}", refused.remedy)
            # The outcome is unknown: the order may exist (docs/protocol.md section 4.3).
            failure = failure_of(error)
            found = "the order was placed nevertheless" if await self._look_up() else "no such order was found"
            return failed(f"{plan.text}: {failure.detail}; {found}", failure.remedy)
        self._order_id, self._ids = order.order_id, order.ids
        if not order.order_id.isdigit():
            await self._learn_ids()
        return None

    async def _learn_ids(self) -> None:
        """Waits for the number: a third-party engine answers before Peatio has assigned it (section 4.12)."""
        assert self._order_id is not None
        deadline_s = time.monotonic() + self._wait_s
        while True:
            try:
                self._ids = (await self._fetch(self._order_id)).ids
                return
            except NotFoundError:
                if time.monotonic() > deadline_s:
                    raise
            await asyncio.sleep(POLL_S)

    async def _fetch(self, order_id: str) -> OrderReport:
        order = await self._rest.order(order_id)
        self._was_in_rest = True
        return order

    async def _cancel(self, name: str) -> list[Finding]:
        """Cancels the order and returns the problems."""
        assert self._order_id is not None
        try:
            await self._rest.cancel_order(self._order_id)
        except PeatioError as error:
            failure = failure_of(error)
            return [failed(f"{name} could not be cancelled: {failure.detail}", failure.remedy)]
        seen = await self._event(ReportedState.CANCEL)
        order = await self._state(ReportedState.CANCEL)
        if not order.state.is_final:
            remedy = "The exchange accepts cancels and does not execute them: do not trade now, and tell the exchange."
            return [failed(f"{name} is still open {self._wait_s:.0f} s after its cancel", remedy)]
        self._is_gone = True
        if order.executed_volume > 0:
            remedy = "Another trader filled it at that price: look at the market before you let a bot trade there."
            return [failed(f"{name} was filled: {plain(order.executed_volume)}", remedy)]
        if seen is not ReportedState.CANCEL:
            return [failed(f"no event reported that {name} was cancelled, only REST did", LOST_EVENTS)]
        return []

    async def _event(self, wanted: ReportedState) -> ReportedState | None:
        """The order's state according to events: ends when it is `wanted` or final, or after `_wait_s`."""
        reported: ReportedState | None = None
        deadline_s = time.monotonic() + self._wait_s
        while reported is not wanted and not (reported is not None and reported.is_final):
            try:
                message = await self._session.next_message(deadline_s)
                if message is None:
                    break
                # REST has the state of an order whose event cannot be read; the missing event becomes a finding.
                for event in private_events(message, lambda error: None):
                    if isinstance(event, OrderReport) and set(event.ids) & set(self._ids):
                        reported = event.state
            except StreamError:
                break  # REST has the state, and the missing event becomes a finding
        return reported

    async def _state(self, wanted: ReportedState) -> OrderReport:
        """The order over REST: returns when its state is `wanted` or final, at the latest after `_wait_s`."""
        assert self._order_id is not None
        deadline_s = time.monotonic() + self._wait_s
        while True:
            order = await self._fetch(self._order_id)
            if order.state is wanted or order.state.is_final or time.monotonic() > deadline_s:
                return order
            await asyncio.sleep(POLL_S)

    async def _identical_orders(self) -> list[OrderReport]:
        plan = self._plan
        since_s = int(self._server_time_s()) - CONSTANTS.CLOCK_MARGIN_S
        listed = await self._rest.orders_of(plan.market.symbol, plan.is_buy, since_s)
        return [order for order in listed if order.price == plan.price and order.origin_volume == plan.amount]

    async def _look_up(self) -> bool:
        """Whether the order of an unanswered create is found; its id is then known."""
        self._was_looked_up = True
        deadline_s = time.monotonic() + self._wait_s
        while time.monotonic() < deadline_s:
            try:
                new = [order for order in await self._identical_orders() if order.order_id not in self._earlier_ids]
            except PeatioError:
                new = []
            if len(new) == 1:
                self._order_id, self._ids = new[0].order_id, new[0].ids
                return True
            await asyncio.sleep(POLL_S)
        return False

    async def clean_up(self) -> str:
        """Cancels the order if it may still be open. Returns "" when none is open, else which one may be."""
        if self._order_id is None and self._is_unknown and not self._was_looked_up:
            await self._look_up()  # the user interrupted the wait for the answer
        if self._order_id is None:
            return f"the order ({self._plan.text}) may still appear at the exchange" if self._is_unknown else ""
        deadline_s = time.monotonic() + self._wait_s
        while not self._is_gone and time.monotonic() < deadline_s:
            try:
                await self._cancel_leftover(self._order_id)
            except PeatioError:
                pass  # repeated until the deadline
            if not self._is_gone:
                await asyncio.sleep(POLL_S)
        return "" if self._is_gone else f"order {self._order_id} ({self._plan.text}) may still be open"

    async def _cancel_leftover(self, order_id: str) -> None:
        try:
            order = await self._fetch(order_id)
        except NotFoundError:
            self._is_gone = self._was_in_rest
            return
        if order.state.is_final and not self._is_ghost_possible:
            self._is_gone = True
            return
        await self._rest.cancel_order(order_id)
        # After a cancel while pending the engine keeps the order until a second cancel (docs/protocol.md section 4.4).
        if order.state is ReportedState.PENDING:
            self._is_ghost_possible = True
        elif order.state.is_final:
            self._is_ghost_possible = False
