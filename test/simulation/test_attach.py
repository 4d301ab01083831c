"""What the monitors see of a connector that stops."""

import asyncio
from types import SimpleNamespace
from typing import Any

from hummingbot.core.network_iterator import NetworkStatus
from hummingbot.core.utils.async_utils import safe_ensure_future
from simloop._net import _current_host

from simulation.monitors.attach import attach


async def test_a_stop_that_has_not_begun_is_no_task_that_is_left() -> None:
    """Pegged seed 169842: a bot was stopped in the moment in which it started, and the stop for which Hummingbot's
    clock had asked came after its own."""
    _current_host.set("bot.1")
    left: list[list[str]] = []

    async def nothing() -> None: ...

    connector: Any = SimpleNamespace(
        tick=None, cancel=None, cancel_all=nothing, batch_order_cancel=None, start_network=nothing,
        stop_network=nothing, network_status=NetworkStatus.STOPPED, rest=SimpleNamespace(balances=nothing),
    )  # fmt: skip
    strategy: Any = SimpleNamespace(on_stopped=left.append)
    attach(connector, 1, strategy)
    asked = safe_ensure_future(connector.stop_network())
    await connector.stop_network()
    await asked
    assert left == [[]]
    task = safe_ensure_future(asyncio.sleep(60))
    await connector.stop_network()
    task.cancel()
    assert [name.rpartition(" ")[2] for name in left[1]] == ["(safe_wrapper)"]
