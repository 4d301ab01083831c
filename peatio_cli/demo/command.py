"""`hummingbot-peatio demo`: run the demo, print its summary, remove its temporary files."""

import asyncio
import logging
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path

from rich.console import Console

from peatio_cli.demo.bot_process import BotError
from peatio_cli.demo.comparison import OrderState
from peatio_cli.demo.demo import Outcome, run_demo
from peatio_cli.demo.markets import ORDINARY, PEGGED, DemoMarket
from peatio_cli.demo.mirror import MirrorOutcome, run_mirror
from peatio_cli.demo.peg import write_settings
from peatio_cli.demo.screen import screen_for
from peatio_cli.demo.session import BotOutcome, Interrupts
from peatio_cli.demo.view import money, plain, price_text
from peatio_cli.install.instance import Instance, InstanceError, InstancePurpose, create_instance, in_use


def run(
    seconds: int, directory: Path | None, *, in_browser: bool = False, pegged: bool = False, liquidity: bool = False
) -> int:
    """Run the demo; returns exit code 0 only if the bot worked and there are no discrepancies."""
    if pegged and liquidity:
        print("demo: --pegged and --liquidity are two demos; choose one", file=sys.stderr)
        return 2
    markets = PEGGED if pegged else ORDINARY
    try:
        with _instances(directory, markets) as instances, ExitStack() as uses:
            for instance in instances:
                uses.enter_context(in_use(instance))
            outcome = asyncio.run(_run(seconds, instances, markets, in_browser, pegged, liquidity))
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
def _instances(directory: Path | None, markets: Sequence[DemoMarket]) -> Iterator[list[Instance]]:
    """The demo's instances: in `directory`, or in a temporary one that is removed unless the demo fails."""
    if directory is not None:
        yield _create(directory, markets)
        return
    temporary = Path(tempfile.mkdtemp(prefix="hummingbot-peatio-demo-"))
    try:
        instances = _create(temporary, markets)
    except InstanceError:
        shutil.rmtree(temporary)
        raise
    try:
        yield instances
    except BaseException:
        print(f"demo: the instance with its logs is kept: {temporary}", file=sys.stderr)
        raise
    shutil.rmtree(temporary, ignore_errors=True)


def _create(directory: Path, markets: Sequence[DemoMarket]) -> list[Instance]:
    """The directory as the only bot's instance, or with one of each bot in it."""
    if len(markets) == 1:
        return [create_instance(directory, InstancePurpose.DEMO)]
    instances = [create_instance(directory / market.pair, InstancePurpose.DEMO) for market in markets]
    for instance in instances:
        write_settings(instance.directory, [market.pair for market in markets])
    return instances


async def _run(
    seconds: int,
    instances: Sequence[Instance],
    markets: Sequence[DemoMarket],
    in_browser: bool,
    pegged: bool,
    liquidity: bool,
) -> Outcome | MirrorOutcome:
    # The sandbox runs in this process; its log goes to a file instead of the screen.
    logging.basicConfig(
        filename=instances[0].directory / "logs" / "sandbox.log",
        format="%(asctime)s %(name)s %(levelname)s %(message)s",
        level=logging.INFO,
    )
    interrupts = Interrupts()
    interrupts.install()
    with screen_for(Console()) as screen:
        if liquidity:
            return await run_mirror(seconds, instances[0], screen, interrupts, in_browser=in_browser)
        return await run_demo(
            seconds, instances, markets, screen, interrupts, in_browser=in_browser, pegged=pegged
        )


def last_line(outcome: Outcome | MirrorOutcome) -> str:
    """The result in one line."""
    if isinstance(outcome, MirrorOutcome):
        return _last_line_of_mirror(outcome)
    orders = [order for bot in outcome.bots for order in bot.ledger.orders]
    fills = [fill for bot in outcome.bots for fill in bot.ledger.fills]
    buys = sum(fill.side == "buy" for fill in fills)
    still_open = sum(order.state is OrderState.OPEN for order in orders)
    of_peg = "" if outcome.cycles is None else f"{outcome.cycles} cycles, {outcome.resizes} resizes, "
    return (
        f"demo: {'FAILED' if outcome.discrepancies else 'ok'} — {len(orders)} orders, "
        f"{len(fills)} fills ({buys} buys, {len(fills) - buys} sells), "
        f"{still_open} open, {of_peg}{len(outcome.discrepancies)} discrepancies"
    )


def _last_line_of_mirror(outcome: MirrorOutcome) -> str:
    own, outer = outcome.own.ledger, outcome.outer.ledger
    still_open = sum(order.state is OrderState.OPEN for order in (*own.orders, *outer.orders))
    return (
        f"demo: {'FAILED' if outcome.discrepancies else 'ok'} — {len(own.orders)} quotes, {len(own.fills)} fills, "
        f"{len(outer.orders)} hedges, {still_open} open, depth within tolerance {outcome.part_within:.1%} of the time, "
        f"not hedged {plain(outcome.exposure)} {outcome.own.figures.base}, {len(outcome.discrepancies)} discrepancies"
    )


def _print_summary(outcome: Outcome | MirrorOutcome) -> None:
    for bot in outcome.bots:
        _print_account(bot)
    if isinstance(outcome, MirrorOutcome):
        profit = sum((bot.figures.profit for bot in outcome.bots), Decimal(0))
        print(f"profit on both together: {money(profit)} {outcome.own.figures.quote}")
        print("compared with both exchanges' ledgers: Hummingbot's events, its trade database, its balances,")
        print("and the hedge journal: every hedge once, and what is not hedged")
        return
    print("compared with the exchange's ledger: Hummingbot's events, its trade database, its balances")
    if outcome.cycles is not None:
        print("compared with the coin's tracker: the exchange's ledger; coins that the peg moves are no profit or loss")


def _print_account(bot: BotOutcome) -> None:
    figures = bot.figures
    fees: dict[str, Decimal] = {}
    for fill in bot.ledger.fills:
        for currency, fee in fill.fees.items():
            fees[currency] = fees.get(currency, Decimal(0)) + fee
    charged = ", ".join(f"{plain(fee)} {currency}" for currency, fee in sorted(fees.items())) or "none"
    of_bot = f"{figures.name}: " if figures.name else ""
    print(f"{of_bot}fees charged by the exchange: {charged}")
    for currency in (figures.base, figures.quote):
        before, after = bot.balances_before[currency], bot.balances_after[currency]
        print(f"{of_bot}balance {currency}: {plain(before)} -> {plain(after)}")
    print(f"{of_bot}profit: {money(figures.profit)} {figures.quote} at mid price {price_text(figures.mid_price)}")
