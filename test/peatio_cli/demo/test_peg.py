"""The demo's pegged coin: cycles in time, what is compared, and what its lines show."""

import io
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from peatio_cli.demo import demo, peg
from peatio_cli.demo.accounts import PEATIO_STATES, ledger_account, total_balances
from peatio_cli.demo.bot_report import Quote, Snapshot
from peatio_cli.demo.command import last_line
from peatio_cli.demo.comparison import Account, FillFact, compare_balances
from peatio_cli.demo.demo import Outcome
from peatio_cli.demo.markets import PEGGED
from peatio_cli.demo.peg import PEGS, PegCycles, compare_with_tracker, pegged_config
from peatio_cli.demo.screen import LiveScreen, PlainScreen
from peatio_cli.demo.session import BotOutcome, Interrupts
from peatio_cli.demo.view import DemoFigures, status_line
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.exchange.order_request import OrderRequest
from test.patience import eventually
from test.peatio_sandbox.peg.test_pegged_market import PeggedWorks, all_of

D = Decimal
SECONDS = 90.0


def lived(works: PeggedWorks, seconds: float = SECONDS) -> tuple[PegCycles, list[str]]:
    """Cycles after some seconds of trading; their lines."""
    cycles = PegCycles(works.pegged, SECONDS)
    cycles.start(works.scheduler.time_s())
    lines: list[str] = []
    start_s = works.scheduler.time_s()
    while works.scheduler.time_s() < start_s + seconds:
        works.scheduler.advance(0.1)
        lines += cycles.step(works.scheduler.time_s())
    return cycles, lines


def test_twenty_cycles_are_spread_over_the_time_and_end_some_seconds_before_it() -> None:
    works = PeggedWorks()
    works.placed("maker", "sell", str(all_of(works, "1") - D("0.001")), "1.2", market="bayusd")
    cycles, lines = lived(works, SECONDS - 8)
    assert works.pegged.cycles == len(PEGS) == len(lines) == 20
    assert lines[0] == "cycle 1: peg 54, 1 orders resized"
    assert lines[-1].startswith("cycle 20: peg 51, ")
    assert list(cycles.in_vain()) == []
    assert all(abs(after - before) == 3 for before, after in zip((51, *PEGS), PEGS, strict=False))


def test_cycles_that_change_no_order_have_shown_nothing() -> None:
    works = PeggedWorks()
    cycles, _ = lived(works, SECONDS / 2)
    assert 8 < works.pegged.cycles < 14
    assert list(cycles.in_vain()) == [], "an early end is none"
    cycles, _ = lived(PeggedWorks())
    assert list(cycles.in_vain()) == ["no order was resized in 20 cycles"]


def test_before_the_bots_trade_there_is_no_cycle() -> None:
    works = PeggedWorks()
    cycles = PegCycles(works.pegged, SECONDS)
    works.scheduler.advance(60.0)
    assert list(cycles.step(works.scheduler.time_s())) == []
    assert not works.pegged.tracker.is_busy


@pytest.mark.parametrize("seconds", [1, 5, 90, 3600])
def test_a_cycle_is_shorter_than_the_time_between_two(seconds: float) -> None:
    coin = pegged_config(SandboxConfig(), seconds).pegged
    assert coin is not None
    assert coin.every_s is None
    assert 0 < coin.busy_s + coin.updating_s < seconds / 20 / 20


async def test_the_ledger_is_compared_with_the_tracker_and_orders_by_what_was_placed() -> None:
    async with Sandbox(pegged_config(SandboxConfig(), 2)) as sandbox:
        exchange, pegged = sandbox.exchange, sandbox.pegged
        assert pegged is not None
        volume = D(58000)
        request = OrderRequest(exchange.markets["bayusd"], "sell", "limit", volume, D("1.2"))
        order = exchange.submit(exchange.members["bot"], request)
        await sandbox.settle()
        pegged.begin_cycle(60)
        await eventually(lambda: pegged.cycles == 1)
        await sandbox.settle()
        assert order.origin_volume < volume
        (fact,) = ledger_account(sandbox, "bot").orders
        assert (fact.amount, fact.state) == (volume, PEATIO_STATES["wait"])
        assert list(compare_with_tracker(sandbox, ("bot", "maker"))) == []
        exchange.ledger.adjust(exchange.members["maker"].uid, "bayr", D(1))
        (wrong,) = compare_with_tracker(sandbox, ("bot", "maker"))
        assert wrong.startswith("balance BAYR of maker: ")


def test_what_the_peg_moves_is_no_discrepancy_and_everything_else_is() -> None:
    fills = [FillFact("1", "2", "sell", D("1.2"), D(10), {"USD": D("0.012")})]
    before = {"BAY": D(100), "BAYR": D(50), "USD": D(0)}
    after = {"BAY": D(81), "BAYR": D(59), "USD": D("11.988")}
    codes = ("BAY", "BAYR")
    assert compare_balances(before, after, fills, "BAY", "USD", one_sum=codes) == []
    assert compare_balances(before, {**after, "BAYR": D("59.1")}, fills, "BAY", "USD", one_sum=codes) == [
        "balance BAY + BAYR: the fills lead to 140, the exchange says 140.1"
    ]
    assert len(compare_balances(before, after, fills, "BAY", "USD")) == 2


def test_the_last_line_has_cycles_and_resizes_only_with_a_peg() -> None:
    bots = tuple(BotOutcome(Account((), ()), {}, {}, DemoFigures(market.base, market.quote)) for market in PEGGED)
    assert last_line(Outcome(bots, [], 20, 31)) == (
        "demo: ok — 0 orders, 0 fills (0 buys, 0 sells), 0 open, 20 cycles, 31 resizes, 0 discrepancies"
    )
    assert "cycles" not in last_line(Outcome(bots, []))


def test_lines_of_several_bots_name_them_and_small_prices_are_exact(capsys: pytest.CaptureFixture[str]) -> None:
    figures = [DemoFigures(market.base, market.quote, market.pair) for market in PEGGED]
    figures[0].apply(Snapshot(mid_price=D("1.20125"), quotes=(), balances={}))
    assert status_line(figures[0]).startswith("BAY-USD | mid 1.20125 | ")
    with PlainScreen() as screen:
        for each in (*figures, *figures):
            screen.show(each, None, 5)
    assert [line.split(" ")[0] for line in capsys.readouterr().out.splitlines()] == ["BAY-USD", "BAYR-USD"]


def test_two_pictures_fit_into_24_lines() -> None:
    console = Console(file=io.StringIO(), width=80, height=24, record=True, force_terminal=True)
    screen = LiveScreen(console)
    quotes = tuple(
        Quote(side=side, price=D("1.2016"), amount=D("36000.123")) for side in ("buy", "sell") for _ in range(3)
    )
    for market in PEGGED:
        figures = DemoFigures(market.base, market.quote, market.pair)
        figures.apply(Snapshot(mid_price=D("1.20125"), quotes=quotes, balances={}))
        screen.show(figures, None, 5)
    console.print(screen._picture)
    picture = console.export_text()
    assert len(picture.splitlines()) < 24
    assert all(f"(sandbox) {market.pair}" in picture for market in PEGGED)
    assert picture.count("36,000.123@1.2016 36,000.123@1.2016 36,000.123@1.2016") == 4


async def test_a_cycle_that_has_begun_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peg, "POLL_INTERVAL_S", 0.01)
    async with Sandbox(pegged_config(SandboxConfig(), 2)) as sandbox:
        assert sandbox.pegged is not None
        sandbox.pegged.begin_cycle()
        assert await PegCycles(sandbox.pegged, 2).finish() == ["cycle 1: peg 51, 0 orders resized"]
        assert sandbox.pegged.cycles == 1


class SlowBot:
    """A bot that has not seen its last balances yet."""

    def __init__(self, sandbox: Sandbox, looks: int) -> None:
        self.member, self.sandbox = PEGGED[0].member, sandbox
        self.figures = DemoFigures("BAY", "USD")
        self.process = self
        self._looks = looks
        self._now = total_balances(sandbox, self.member)
        self.figures.balances = {**self._now, "BAY": D(1)}

    def check(self) -> None: ...

    def take_reports(self) -> None:
        self._looks -= 1
        if self._looks == 0:
            self.figures.balances = self._now


@pytest.mark.parametrize(("limit_s", "sees_them"), [(30.0, True), (0.0, False)])
async def test_a_bot_has_some_time_to_see_its_last_balances(
    limit_s: float, sees_them: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "BALANCES_TIMEOUT_S", limit_s)
    monkeypatch.setattr(demo, "POLL_INTERVAL_S", 0.01)
    async with Sandbox(pegged_config(SandboxConfig(), 2)) as sandbox:
        bot: Any = SlowBot(sandbox, looks=5)
        await demo._see_balances([bot], PlainScreen(), Interrupts())
        assert (bot.figures.balances["BAY"] > 1) is sees_them
