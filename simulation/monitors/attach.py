"""Stands between a bot's strategy and its connector, as a strategy would: sees ticks, questions, and the stop.

The methods are replaced on the one object. The connector's code is the real one and does not know of it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from hummingbot.connector.exchange.peatio.common.balance_messages import AccountBalances
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.network_iterator import NetworkStatus
from simloop._net import _current_host

from simulation.monitors.silence import connector_number

#: Code of the simulation, which uses the connector and may go on after its stop.
_OURS = ("/simulation/", "/test/chaos/")


class Strategy(Protocol):
    """Who gets what a strategy sees and asks for."""

    def on_tick(self) -> None:
        """The connector has handled a tick of the clock."""

    def on_cancel(self, client_order_id: str) -> None:
        """A cancel is asked for."""

    def on_balances_asked(self) -> Callable[[], None]:
        """The exchange is asked for balances; the caller calls what it gets once they are there."""

    def on_start(self) -> None:
        """The network is started."""

    def on_stopped(self, pending: list[str]) -> None:
        """The network is stopped for good; these tasks of the connector are left."""


def attach(connector: PeatioExchange, number: int, strategy: Strategy) -> None:
    """From now on `strategy` sees what happens to the connector.

    :param number: of the connector; what the calling context starts from now on belongs to it
    """
    connector_number.set(number)
    tick, cancel, cancel_all = connector.tick, connector.cancel, connector.cancel_all
    cancel_batch = connector.batch_order_cancel
    start_network, stop_network = connector.start_network, connector.stop_network
    stopping = 0

    def ticked(timestamp: float) -> None:
        tick(timestamp)
        strategy.on_tick()

    def cancelled(trading_pair: str, client_order_id: str) -> str:
        # A process that dies at a commit within the call was not asked, as far as anybody can know.
        answer = cancel(trading_pair, client_order_id)
        strategy.on_cancel(client_order_id)
        return answer

    def cancelled_batch(orders: Sequence[Any]) -> None:
        for order in orders:
            strategy.on_cancel(order.client_order_id)
        cancel_batch(orders)

    async def cancelled_all(timeout_seconds: float) -> Any:
        for order in connector.in_flight_orders.values():
            if not order.is_done:
                strategy.on_cancel(order.client_order_id)
        return await cancel_all(timeout_seconds)

    async def started() -> None:
        strategy.on_start()
        await start_network()

    def stopped() -> Coroutine[Any, Any, None]:
        # Counted here: Hummingbot's clock asks for a stop as well, in a task that may not have begun when another ends.
        nonlocal stopping
        stopping += 1
        return stop()

    async def stop() -> None:
        nonlocal stopping
        try:
            await stop_network()
        finally:
            stopping -= 1
        # A start begins with a stop.
        if not stopping and connector.network_status is NetworkStatus.STOPPED:
            strategy.on_stopped(_pending(number))

    balances = connector.rest.balances

    async def read() -> AccountBalances:
        arrived = strategy.on_balances_asked()
        answer = await balances()
        arrived()
        return answer

    connector.rest.balances = read  # type: ignore[method-assign]
    _replace(connector, tick=ticked, cancel=cancelled, cancel_all=cancelled_all, batch_order_cancel=cancelled_batch)
    _replace(connector, start_network=started, stop_network=stopped)


def _replace(connector: PeatioExchange, **methods: Callable[..., Any]) -> None:
    for name, method in methods.items():
        setattr(connector, name, method)


def _pending(number: int) -> list[str]:
    """The connector's tasks that have not ended, but for the one that asks and those of its user."""
    current, host = asyncio.current_task(), _current_host.get()
    names = []
    for task in asyncio.all_tasks():
        code: Any = getattr(task.get_coro(), "cr_code", None)
        is_ours = code is None or any(part in code.co_filename for part in _OURS)
        context = task.get_context()
        # The other end of a connection is made in the context of this one.
        is_here = context.get(_current_host) == host and context.get(connector_number) == number
        if task is not current and not is_ours and is_here:
            names.append(f"{task.get_name()} ({code.co_qualname})")
    return sorted(names)
