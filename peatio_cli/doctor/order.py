"""A real order, the smallest and far from the market: placed, seen by event and by REST, cancelled, gone."""

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
from hummingbot.connector.exchange.peatio.common.messages import OrderReport, ReportedState, private_events

from peatio_cli.doctor.check_runner import ExchangeSession
from peatio_cli.doctor.explain import explained
from peatio_cli.doctor.findings import Finding, Verdict, broken, fine
from peatio_cli.doctor.order_plan import OrderPlan, Prices, affordable, buy_plan, costs, plain, sell_plan
from peatio_cli.doctor.stream import StreamSession, open_stream

POLL_S = 0.25
LOST_EVENTS = (
    "The bot learns of its orders late without these events: tell the exchange that its private stream loses them."
)
BY_HAND = "Look at your open orders at the exchange and cancel it there."


async def check_order(patient: ExchangeSession) -> Finding:
    """Places the order and follows it to its end; whatever happens, it does not leave it behind in silence."""
    plan = await _plan(patient)
    if isinstance(plan, Finding):
        return plan
    async with open_stream(patient, "private") as session:
        await session.subscribe_private(patient.auth, patient.dialect)
        trial = _Trial(patient, plan, session)
        try:
            finding = await _tried(trial)
        finally:
            left_behind = await trial.clear_away()
    if left_behind:
        message = f"{finding.detail}; " if finding.verdict is Verdict.FAILED else ""
        return broken(f"{message}{left_behind}", BY_HAND)
    return finding


async def _tried(trial: "_Trial") -> Finding:
    try:
        return await trial.run()
    except Exception as error:
        return explained(error)


async def _plan(patient: ExchangeSession) -> OrderPlan | Finding:
    """What to place, or why nothing can be."""
    market, asked = patient.market, patient.trade_market or ""
    if market is None or market.symbol != asked.lower().replace("-", ""):
        names = ", ".join(market.symbol for market in patient.markets[:10])
        return broken(f"there is no open market '{asked}'", f"Choose one of: {names}")
    depth = await patient.rest.depth(market.symbol)
    prices = Prices(
        bid=max(_prices(depth.get("bids")), default=None),
        ask=min(_prices(depth.get("asks")), default=None),
        last=(await patient.rest.last_prices()).get(market.symbol),
    )
    plans = [plan for plan in (buy_plan(market, prices), sell_plan(market, prices)) if plan is not None]
    if not plans:
        return broken(
            f"the limits of {market.symbol} allow no price far from the market", "Choose another market for the trial."
        )
    free = {balance.currency.lower(): balance.free for balance in await patient.rest.balances()}
    chosen = affordable(plans, free)
    if chosen is None:
        return broken(
            f"too little on the account for the smallest order on {market.symbol}", f"Deposit {costs(plans)} or more."
        )
    return chosen


def _prices(side: Any) -> list[Decimal]:
    return [Decimal(str(price)) for price, _ in price_levels(side)]


class _Trial:
    """One order from placing to its end."""

    def __init__(self, patient: ExchangeSession, plan: OrderPlan, session: StreamSession) -> None:
        self._rest = patient.rest
        self._wait_s = patient.patience.order_s
        self._server_time_s = patient.clock.time
        self._plan = plan
        self._session = session
        self._known: set[str] = set()
        self._order_id: str | None = None
        # All that the exchange calls it: events may name it otherwise than the answer to its create did.
        self._names: tuple[str, ...] = ()
        # Whether REST has shown it: another engine may have taken what Peatio does not know yet.
        self._is_seen = False
        # Whether a create left of which it is not known what became, and whether it was looked for.
        self._is_unknown = False
        self._is_looked_for = False
        self._is_gone = False
        self._is_ghost_possible = False

    async def run(self) -> Finding:
        """The order's whole life."""
        self._known = {order.order_id for order in await self._look_alikes()}
        finding = await self._place()
        if finding is not None:
            return finding
        troubles: list[Finding] = []
        seen = await self._event(ReportedState.WAIT)
        order = await self._state(ReportedState.WAIT)
        name = f"order {self._order_id} ({self._plan.text})"
        if order.state is ReportedState.REJECT:
            return broken(
                f"{name} was rejected after it had been taken",
                "Check that the funds are still free; if they are, the exchange had trouble: try again later.",
            )
        if order.state is ReportedState.PENDING:
            return broken(
                f"{name} was taken but is still pending after {self._wait_s:.0f} s",
                "The exchange's order processor stands still: do not trade now, and tell the exchange.",
            )
        if seen is not ReportedState.WAIT:
            troubles.append(broken(f"no event told that {name} is open, REST did", LOST_EVENTS))
        troubles += await self._cancel(name)
        if troubles:
            return Finding(
                Verdict.FAILED,
                "; ".join(trouble.detail for trouble in troubles),
                " ".join(dict.fromkeys(trouble.remedy for trouble in troubles)),
            )
        return fine(f"{self._plan.text}: placed, seen by event and REST, cancelled, gone (order {self._order_id})")

    async def _place(self) -> Finding | None:
        """None once there is an order."""
        plan = self._plan
        self._is_unknown = True
        try:
            order = await self._rest.create_order(plan.market.symbol, plan.is_buy, plan.amount, plan.price)
        except (RequestError, MessageError) as error:
            if isinstance(error, RequestError) and error.outcome is not Outcome.AMBIGUOUS:
                self._is_unknown = False
                refused = explained(error)
                return broken(f"{plan.text} was not taken: {refused.detail}", refused.remedy)
            # No answer, or none that says what happened: the order may be there (docs/protocol.md section 4.3).
            failed = explained(error)
            found = "the order was placed all the same" if await self._found() else "no such order turned up"
            return broken(f"{plan.text}: {failed.detail}; {found}", failed.remedy)
        self._order_id, self._names = order.order_id, order.ids
        if not order.order_id.isdigit():
            await self._learn_names()
        return None

    async def _learn_names(self) -> None:
        """Another engine answers before Peatio has given the order its number (docs/protocol.md section 4.12)."""
        assert self._order_id is not None
        deadline_s = time.monotonic() + self._wait_s
        while True:
            try:
                self._names = (await self._seen(self._order_id)).ids
                return
            except NotFoundError:
                if time.monotonic() > deadline_s:
                    raise
            await asyncio.sleep(POLL_S)

    async def _seen(self, order_id: str) -> OrderReport:
        order = await self._rest.order(order_id)
        self._is_seen = True
        return order

    async def _cancel(self, name: str) -> list[Finding]:
        """Cancels the order; what went wrong with that."""
        assert self._order_id is not None
        try:
            await self._rest.cancel_order(self._order_id)
        except PeatioError as error:
            failed = explained(error)
            return [broken(f"{name} could not be cancelled: {failed.detail}", failed.remedy)]
        seen = await self._event(ReportedState.CANCEL)
        order = await self._state(ReportedState.CANCEL)
        if not order.state.is_final:
            remedy = "The exchange takes cancels without carrying them out: do not trade now, and tell the exchange."
            return [broken(f"{name} is still open {self._wait_s:.0f} s after its cancel", remedy)]
        self._is_gone = True
        if order.executed_volume > 0:
            remedy = "Somebody took it at that price: look at the market before you let a bot trade there."
            return [broken(f"{name} was filled: {plain(order.executed_volume)}", remedy)]
        if seen is not ReportedState.CANCEL:
            return [broken(f"no event told that {name} was cancelled, REST did", LOST_EVENTS)]
        return []

    async def _event(self, wanted: ReportedState) -> ReportedState | None:
        """The state that events tell of the order, once it is `wanted` or final; the last told when time is up."""
        told: ReportedState | None = None
        deadline_s = time.monotonic() + self._wait_s
        while told is not wanted and not (told is not None and told.is_final):
            try:
                message = await self._session.next_message(deadline_s)
                if message is None:
                    break
                for event in private_events(message):
                    if isinstance(event, OrderReport) and set(event.ids) & set(self._names):
                        told = event.state
            except StreamError:
                break  # REST tells the rest, and that the event is missing is told of
        return told

    async def _state(self, wanted: ReportedState) -> OrderReport:
        """The order over REST, once it is `wanted` or final, or time is up."""
        assert self._order_id is not None
        deadline_s = time.monotonic() + self._wait_s
        while True:
            order = await self._seen(self._order_id)
            if order.state is wanted or order.state.is_final or time.monotonic() > deadline_s:
                return order
            await asyncio.sleep(POLL_S)

    async def _look_alikes(self) -> list[OrderReport]:
        plan = self._plan
        since_s = int(self._server_time_s()) - CONSTANTS.LOOKUP_MARGIN_S
        listed = await self._rest.orders_of(plan.market.symbol, plan.is_buy, since_s)
        return [order for order in listed if order.price == plan.price and order.origin_volume == plan.amount]

    async def _found(self) -> bool:
        """Whether the order whose create was not answered turns up; it is the trial's order then."""
        self._is_looked_for = True
        deadline_s = time.monotonic() + self._wait_s
        while time.monotonic() < deadline_s:
            try:
                new = [order for order in await self._look_alikes() if order.order_id not in self._known]
            except PeatioError:
                new = []
            if len(new) == 1:
                self._order_id, self._names = new[0].order_id, new[0].ids
                return True
            await asyncio.sleep(POLL_S)
        return False

    async def clear_away(self) -> str:
        """Cancels what may still be there; "" once nothing is, else what is left behind."""
        if self._order_id is None and self._is_unknown and not self._is_looked_for:
            await self._found()  # the user did not wait for the answer
        if self._order_id is None:
            return f"an order like it ({self._plan.text}) may still turn up" if self._is_unknown else ""
        deadline_s = time.monotonic() + self._wait_s
        while not self._is_gone and time.monotonic() < deadline_s:
            try:
                await self._push_away(self._order_id)
            except PeatioError:
                pass  # asked again until time is up
            if not self._is_gone:
                await asyncio.sleep(POLL_S)
        return "" if self._is_gone else f"order {self._order_id} ({self._plan.text}) may still be open"

    async def _push_away(self, order_id: str) -> None:
        try:
            order = await self._seen(order_id)
        except NotFoundError:
            self._is_gone = self._is_seen
            return
        if order.state.is_final and not self._is_ghost_possible:
            self._is_gone = True
            return
        await self._rest.cancel_order(order_id)
        # One cancelled while pending stays in the engine's book until a cancel after its end (docs/protocol.md 4.4).
        if order.state is ReportedState.PENDING:
            self._is_ghost_possible = True
        elif order.state.is_final:
            self._is_ghost_possible = False
