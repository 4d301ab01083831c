"""Breaks the connector on purpose, to see that the comparison finds it and calls it by its right name.

`python -m test.chaos --self-check` runs a seed under each.
"""

from collections.abc import Callable
from typing import Any

from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.journal_file import JournalFile
from hummingbot.connector.exchange.peatio.execution.late_orders import LateOrders
from hummingbot.connector.exchange.peatio.execution.second_cancel import SecondCancels
from hummingbot.connector.exchange.peatio.execution.submission import Submission
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.core.data_type.trade_fee import DeductedFromReturnsTradeFee, TokenAmount

from test.chaos.judge import Fault

# Every so many fills or orders are spoiled.
_EVERY = 10


def _forget_fills() -> None:
    process = OrderTracker.process_trade_update

    def process_trade_update(self: OrderTracker, fill: Any) -> None:
        order: TrackedOrder | None = self.all_fillable_orders.get(fill.client_order_id)
        if order is not None and int(fill.trade_id) % _EVERY == 0:
            order.update_with_trade_update(fill)  # known, never told
        else:
            process(self, fill)

    _replace(OrderTracker, "process_trade_update", process_trade_update)


def _tell_fills_twice() -> None:
    tell = OrderTracker._trigger_filled_event

    def trigger_filled_event(self: OrderTracker, **fill: Any) -> None:
        tell(self, **fill)
        if int(fill["trade_id"]) % _EVERY == 0:
            tell(self, **fill)

    _replace(OrderTracker, "_trigger_filled_event", trigger_filled_event)


def _spoil_fees() -> None:
    tell = OrderTracker._trigger_filled_event

    def trigger_filled_event(self: OrderTracker, fill_fee: Any, **fill: Any) -> None:
        fee = fill_fee.flat_fees[0]
        wrong = DeductedFromReturnsTradeFee(flat_fees=[TokenAmount(fee.token, round(fee.amount, 10))])
        tell(self, fill_fee=wrong, **fill)

    _replace(OrderTracker, "_trigger_filled_event", trigger_filled_event)


def _forget_orders() -> None:
    create = OrderTracker._trigger_created_event

    def trigger_created_event(self: OrderTracker, order: TrackedOrder) -> None:
        create(self, order)
        if int(order.exchange_order_id or 0) % _EVERY == 0:
            self._in_flight_orders.pop(order.client_order_id, None)

    _replace(OrderTracker, "_trigger_created_event", trigger_created_event)


def _forget_journal() -> None:
    _replace(JournalFile, "unfinished", lambda self, *_, **__: [])


def _send_again() -> None:
    async def resolve(self: Submission, create: Any, error: Exception) -> Any:
        return await self._send(create)

    _replace(Submission, "_resolve", resolve)


def _trust_silence() -> None:
    async def poll(self: LateOrders) -> None:
        """Nobody looks for the order."""

    _replace(LateOrders, "poll", poll)
    _replace(LateOrders, "on_unknown_order", lambda self, report: None)


def _leave_ghosts() -> None:
    async def is_answered(self: SecondCancels, order_id: str) -> bool:
        """No request: one cancel was enough, was it not?"""
        return True

    _replace(SecondCancels, "_is_answered", is_answered)


def _replace(owner: type, name: str, function: Callable[..., Any]) -> None:
    assert hasattr(owner, name), f"{owner.__name__} has no {name} to break any more"
    setattr(owner, name, function)


# What to break, and how the first of its findings is to be called.
SABOTAGES: dict[str, tuple[Callable[[], None], Fault]] = {
    "forget_fills": (_forget_fills, Fault.LOST),
    "tell_fills_twice": (_tell_fills_twice, Fault.DUPLICATED),
    "spoil_fees": (_spoil_fees, Fault.MISACCOUNTED),
    "forget_orders": (_forget_orders, Fault.ORPHANED),
    "forget_journal": (_forget_journal, Fault.ORPHANED),
    "send_again": (_send_again, Fault.DUPLICATED),
    "trust_silence": (_trust_silence, Fault.LOST),
    "leave_ghosts": (_leave_ghosts, Fault.ORPHANED),
}


def sabotage(name: str) -> None:
    """Breaks the connector of this process; "" leaves it whole."""
    if name:
        SABOTAGES[name][0]()
