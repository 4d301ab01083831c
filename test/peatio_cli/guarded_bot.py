"""A bot in a process of its own: the connector under Hummingbot's clock, placing what it is told to."""

import asyncio
import json
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from hummingbot import set_data_path  # type: ignore[attr-defined]
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, load_named_exchanges
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from test.end_to_end.support import running_bot
from test.patience import eventually

_FORK = multiprocessing.get_context("fork")
_TOLD = {
    MarketEvent.SellOrderCreated: "created",
    MarketEvent.OrderFilled: "filled",
    MarketEvent.SellOrderCompleted: "completed",
    MarketEvent.OrderCancelled: "cancelled",
    MarketEvent.OrderFailure: "failed",
}


@dataclass(frozen=True)
class Life:
    """What a bot is given.

    :param instance: its directory; `conf/peatio.yml` may name exchanges
    :param report: file for what it tells
    """

    connector: str
    url: str
    api_key: str
    secret: str
    instance: Path
    report: Path


def forked_bots(count: int) -> "list[BotInProcess]":
    """Forked, because importing Hummingbot takes seconds of a processor. Call it before any event loop runs."""
    pipes = [_FORK.Pipe(duplex=False) for _ in range(count)]
    our_ends = [ours for _, ours in pipes]
    bots = []
    for theirs, ours in pipes:
        process = _FORK.Process(target=_wait_for_life, args=(theirs, our_ends), daemon=True)
        process.start()
        bots.append(BotInProcess(process, ours))
    for theirs, _ in pipes:
        theirs.close()
    return bots


class BotInProcess:
    """A process that waits for its life, and then lives it."""

    def __init__(self, process: BaseProcess, orders: Connection) -> None:
        self.process = process
        self._orders = orders
        self._report: Path | None = None

    def live(self, life: Life) -> None:
        self._report = life.report
        self._orders.send(life)

    def sell(self, amount: str, price: str) -> None:
        """Has it place an order."""
        self._orders.send((amount, price))

    def told(self, what: str = "") -> list[dict[str, str]]:
        """What it told so far, all of it or of one kind."""
        assert self._report is not None
        lines = self._report.read_text().splitlines() if self._report.exists() else []
        rows: list[dict[str, str]] = [json.loads(line) for line in lines]
        return [row for row in rows if what in ("", row["what"])]

    async def has_told(self, what: str, count: int = 1) -> list[dict[str, str]]:
        await eventually(lambda: len(self.told(what)) >= count, f"{count} times {what}; {self.told()}", timeout_s=30)
        return self.told(what)

    def send_signal(self, number: signal.Signals) -> None:
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def end(self) -> None:
        """Gone for certain, however it stands."""
        self.process.kill()
        self.process.join()
        self._orders.close()


def _wait_for_life(orders: Connection, inherited: Sequence[Connection]) -> None:
    for connection in inherited:
        connection.close()  # or this process would not notice when the one at the other end goes
    try:
        life = orders.recv()
    except EOFError:
        return
    logging.disable(logging.CRITICAL)
    asyncio.run(_live(life, orders))


async def _live(life: Life, orders: Connection) -> None:
    set_data_path(str(life.instance / "data"))
    ConnectionsFactory()._shared_client = None
    NAMED_EXCHANGES.update(load_named_exchanges(life.instance / "conf")[0])

    def tell(what: str, **more: Any) -> None:
        with life.report.open("a") as file:
            file.write(json.dumps({"what": what, **more}) + "\n")

    async with running_bot(life.url, life, ["BTC-USD"], domain=life.connector) as bot:
        forwarders = [EventForwarder(partial(_tell_event, tell, what)) for what in _TOLD.values()]
        for event, forwarder in zip(_TOLD, forwarders, strict=True):
            bot.exchange.add_listener(event, forwarder)
        tell("ready")
        closed = asyncio.Event()

        def read() -> None:
            try:
                amount, price = orders.recv()
            except EOFError:
                closed.set()
            else:
                bot.place("BTC-USD", TradeType.SELL, amount, price)

        asyncio.get_running_loop().add_reader(orders.fileno(), read)
        await closed.wait()
        os._exit(0)


def _tell_event(tell: Callable[..., None], what: str, event: Any) -> None:
    tell(what, id=event.order_id, why=str(getattr(event, "error_message", "")))
