"""`python -m test.chaos.outage --minutes 10`: every private answer is HTTP 503 for that long, with 20 open orders.

At true speed, with every waiting time as shipped. Some of the orders are filled meanwhile, half of these unseen because
the private events are lost as well. Afterwards no order may have failed and every fill must be known.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hummingbot import set_data_path  # type: ignore[attr-defined]
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox, SandboxConfig
from test.end_to_end.support import Bot, Person, person, running_bot
from test.patience import eventually

ORDERS = 20
SEEN, UNSEEN = 3, 4
PRICE = 30_000
AMOUNT = "0.01"
# How long the outage may be over before everything must be known: the poll may be as far away as Hummingbot's longest.
RECONCILED_WITHIN_S = 150.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 where nothing failed and everything was reconciled."""
    parser = argparse.ArgumentParser(prog="python -m test.chaos.outage", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="how long the outage lasts (10)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="peatio-outage-") as folder:
        set_data_path(folder)
        return asyncio.run(_outage(options.minutes, Path(folder)))


async def _outage(minutes: float, folder: Path) -> int:
    async with (
        Sandbox(SandboxConfig(seed=1)) as sandbox,
        running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"], journal_folder=folder) as bot,
        person(sandbox, "taker") as taker,
    ):
        ids = [bot.place("BTC-USD", TradeType.SELL, AMOUNT, str(PRICE + i)) for i in range(ORDERS)]
        for order_id in ids:
            await bot.live(order_id)
        outage = sandbox.faults.start(FaultKind.SERVER_ERROR, status=503, html=True, member="bot")
        print(f"{ORDERS} orders are open; HTTP 503 for {minutes:g} minutes", flush=True)
        await asyncio.sleep(minutes * 60 / 3)
        await _take(taker, SEEN, 0)
        await asyncio.sleep(minutes * 60 / 3)
        lost = sandbox.faults.start(FaultKind.EVENTS_LOST, probability=1.0, member="bot")
        await _take(taker, UNSEEN, SEEN)
        await sandbox.settle()
        sandbox.faults.stop(lost)
        await asyncio.sleep(minutes * 60 / 3)
        hits = sandbox.faults.hits[FaultKind.SERVER_ERROR]
        sandbox.faults.stop(outage)
        try:
            await eventually(lambda: _fills(bot) == _ledger(sandbox), "", RECONCILED_WITHIN_S, pause_s=0.5)
            open_here = {str(order.exchange_order_id) for order in bot.exchange.in_flight_orders.values()}
            open_there = {str(order.id) for order in sandbox.orders("bot") if order.state == "wait"}
            is_reconciled = open_here == open_there
        except AssertionError:
            is_reconciled = False
        failed = len(bot.of(MarketEvent.OrderFailure))
        print(
            f"outage: {minutes:g} minutes, {hits} answers of HTTP 503, {ORDERS} orders, {len(_ledger(sandbox))} fills: "
            f"{failed} failed events, {'all reconciled' if is_reconciled else 'NOT RECONCILED'}"
        )
        await bot.exchange.cancel_all(20.0)
    return 0 if is_reconciled and not failed else 1


async def _take(taker: Person, count: int, first: int) -> None:
    amount = f"{count / 100:.2f}"
    await taker.place("btcusd", "buy", amount, str(PRICE + first + count - 1))


def _fills(bot: Bot) -> set[str]:
    return {str(fill.exchange_trade_id) for fill in bot.of(MarketEvent.OrderFilled)}


def _ledger(sandbox: Sandbox) -> set[str]:
    return {str(fill.trade_id) for fill in sandbox.fills("bot")}


if __name__ == "__main__":
    sys.exit(main())
