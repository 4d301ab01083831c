"""`hummingbot-peatio demo`: run the demo, print its summary, remove its temporary files."""

import asyncio
import logging
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from rich.console import Console

from peatio_cli.demo.bot_process import BotError
from peatio_cli.demo.comparison import OrderState
from peatio_cli.demo.demo import Interrupts, Outcome, run_demo
from peatio_cli.demo.screen import screen_for
from peatio_cli.demo.view import money, plain
from peatio_cli.install.instance import Instance, InstanceError, InstancePurpose, create_instance, in_use


def run(seconds: int, directory: Path | None, *, in_browser: bool = False) -> int:
    """Run the demo; returns exit code 0 only if the bot worked and there are no discrepancies."""
    try:
        with _instance(directory) as instance, in_use(instance):
            outcome = asyncio.run(_run(seconds, instance, in_browser))
            _print_summary(outcome)
            if outcome.discrepancies:
                raise _DiscrepanciesFound
    except _DiscrepanciesFound:
        for discrepancy in outcome.discrepancies:
            print(f"discrepancy: {discrepancy}")
    except (BotError, InstanceError, OSError) as error:
        print(f"demo: failed — {error}", file=sys.stderr)
        return 1
    print(last_line(outcome))
    return 1 if outcome.discrepancies else 0


class _DiscrepanciesFound(Exception):
    """Raised so that the instance is kept."""


@contextmanager
def _instance(directory: Path | None) -> Iterator[Instance]:
    """The demo's instance: in `directory`, or a temporary one that is removed unless the demo fails."""
    if directory is not None:
        yield create_instance(directory, InstancePurpose.DEMO)
        return
    temporary = Path(tempfile.mkdtemp(prefix="hummingbot-peatio-demo-"))
    try:
        instance = create_instance(temporary, InstancePurpose.DEMO)
    except InstanceError:
        shutil.rmtree(temporary)
        raise
    try:
        yield instance
    except BaseException:
        print(f"demo: the instance with its logs is kept: {temporary}", file=sys.stderr)
        raise
    shutil.rmtree(temporary, ignore_errors=True)


async def _run(seconds: int, instance: Instance, in_browser: bool) -> Outcome:
    # The sandbox runs in this process; its log goes to a file instead of the screen.
    logging.basicConfig(
        filename=instance.directory / "logs" / "sandbox.log",
        format="%(asctime)s %(name)s %(levelname)s %(message)s",
        level=logging.INFO,
    )
    interrupts = Interrupts()
    interrupts.install()
    with screen_for(Console()) as screen:
        return await run_demo(seconds, instance, screen, interrupts, in_browser=in_browser)


def last_line(outcome: Outcome) -> str:
    """The result in one line."""
    ledger = outcome.ledger
    buys = sum(fill.side == "buy" for fill in ledger.fills)
    still_open = sum(order.state is OrderState.OPEN for order in ledger.orders)
    return (
        f"demo: {'FAILED' if outcome.discrepancies else 'ok'} — {len(ledger.orders)} orders, "
        f"{len(ledger.fills)} fills ({buys} buys, {len(ledger.fills) - buys} sells), "
        f"{still_open} open, {len(outcome.discrepancies)} discrepancies"
    )


def _print_summary(outcome: Outcome) -> None:
    figures = outcome.figures
    fees: dict[str, Decimal] = {}
    for fill in outcome.ledger.fills:
        for currency, fee in fill.fees.items():
            fees[currency] = fees.get(currency, Decimal(0)) + fee
    charged = ", ".join(f"{plain(fee)} {currency}" for currency, fee in sorted(fees.items())) or "none"
    print(f"fees charged by the exchange: {charged}")
    for currency in (figures.base, figures.quote):
        before, after = outcome.balances_before[currency], outcome.balances_after[currency]
        print(f"balance {currency}: {plain(before)} -> {plain(after)}")
    print(f"profit: {money(figures.profit)} {figures.quote} at mid price {money(figures.mid_price)}")
    print("compared with the exchange's ledger: Hummingbot's events, its trade database, its balances")
