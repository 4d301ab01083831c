"""The demo's mirror: who takes quotes, when the depth is within tolerance, and what is compared at the end."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from decimal import Decimal
from pathlib import Path

import pytest

from peatio_cli.demo.command import last_line, run
from peatio_cli.demo.comparison import Account, OrderFact, OrderState
from peatio_cli.demo.mirror import FUNDS, MirrorOutcome, compare_journal
from peatio_cli.demo.mirror_events import MARKET, MirrorEvents
from peatio_cli.demo.session import BotOutcome
from peatio_cli.demo.view import DemoFigures
from peatio_liquidity.depth import Shape
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.exchange.market import Side
from peatio_sandbox.exchange.order_request import OrderRequest
from peatio_sandbox.exchange.records import OrderRecord

D = Decimal
SHAPE = Shape(levels=2, spread=D("0.001"))


@pytest.fixture
async def exchanges() -> AsyncIterator[tuple[Sandbox, Sandbox]]:
    """The own one, empty, and the source with two orders."""
    async with AsyncExitStack() as stack:
        own, outer = [await stack.enter_async_context(Sandbox(SandboxConfig(seed=seed))) for seed in (1, 2)]
        place(outer, "maker", "buy", "1", "29990")
        place(outer, "maker", "sell", "2", "30010")
        await outer.settle()
        yield own, outer


def place(sandbox: Sandbox, member: str, side: Side, amount: str, price: str) -> OrderRecord:
    exchange = sandbox.exchange
    request = OrderRequest(exchange.markets[MARKET], side, "limit", D(amount), D(price))
    return exchange.submit(exchange.members[member], request)


def events_of(exchanges: tuple[Sandbox, Sandbox]) -> MirrorEvents:
    return MirrorEvents(*exchanges, SHAPE, FUNDS, D("0.0002"), D("0.2"))


async def test_a_side_is_within_tolerance_by_its_best_price_and_its_sum(exchanges: tuple[Sandbox, Sandbox]) -> None:
    own, _ = exchanges
    events = events_of(exchanges)
    assert list(events.step(0.0)) == [], "before the bot is ready"
    events.start(0.0)
    list(events.step(0.1))
    assert events.part_within == 0, "nothing counts before the first full moment"
    bid = place(own, "bot", "buy", "0.85", "29958")
    place(own, "bot", "sell", "2", "30040.01")
    await own.settle()
    list(events.step(0.2))
    assert events.part_within == 1
    own.exchange.cancel(bid)
    await own.settle()
    list(events.step(0.3))
    assert events.part_within == D("0.75")
    too_low = place(own, "bot", "buy", "1", "29950")
    await own.settle()
    list(events.step(0.4))
    own.exchange.cancel(too_low)
    place(own, "bot", "buy", "0.7", "29960")
    await own.settle()
    list(events.step(0.5))
    assert events.part_within == D(5) / 8, "one side of three looks was off"


async def test_the_taker_takes_what_the_bot_offers_and_waits_for_it(exchanges: tuple[Sandbox, Sandbox]) -> None:
    own, _ = exchanges
    events = events_of(exchanges)
    events.start(0.0)
    assert list(events.step(60.0)) == [], "there is nothing to take"
    for side, price in (("buy", "29960"), ("sell", "30041")):
        place(own, "bot", side, "1", price)  # type: ignore[arg-type]
    await own.settle()
    lines = [line for now_s in range(70, 130, 10) for line in events.step(now_s)]
    await own.settle()
    assert len(lines) == 6
    assert lines[0].startswith(("taker: buy ", "taker: sell "))
    assert own.fills("bot")
    assert {fill.order_id for fill in own.fills("taker")} <= {order.id for order in own.orders("taker")}


def journal_at(path: Path, net: str, states: list[str]) -> Path:
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("CREATE TABLE fill (base_change TEXT)")
        file.execute("CREATE TABLE hedge (number INTEGER PRIMARY KEY, client_order_id TEXT, state TEXT)")
        file.execute("INSERT INTO fill VALUES (?)", (net,))
        file.executemany("INSERT INTO hedge (client_order_id, state) VALUES ('x', ?)", [(each,) for each in states])
    return path


def outcome_of(*states: OrderState) -> BotOutcome:
    orders = tuple(OrderFact(str(number), "buy", D(1), D(1), state) for number, state in enumerate(states))
    return BotOutcome(Account(orders, ()), {}, {}, DemoFigures("BTC", "USD"))


def test_the_hedge_journal_has_each_hedge_once_and_what_is_not_hedged(tmp_path: Path) -> None:
    outer = outcome_of(OrderState.FILLED, OrderState.CANCELLED, OrderState.FAILED)
    right = journal_at(tmp_path / "right", "0.00001", ["ended", "ended"])
    assert list(compare_journal(right, outer, D("0.00001"))) == []
    wrong = journal_at(tmp_path / "wrong", "0.1", ["ended", "ended", "sent"])
    assert list(compare_journal(wrong, outer, D("0.00001"))) == [
        "not hedged: 0.1 BTC in the hedge journal, 0.00001 on the exchanges",
        "3 hedges in the hedge journal, 2 orders on the source",
        "hedge 3: sent in the hedge journal, and the bot has stopped",
    ]
    assert list(compare_journal(tmp_path / "none", outer, D(0))) == ["there is no hedge journal"]
    assert not (tmp_path / "none").exists()


def test_the_last_line_of_a_mirror() -> None:
    own, outer = outcome_of(OrderState.CANCELLED, OrderState.OPEN), outcome_of(OrderState.FILLED)
    assert last_line(MirrorOutcome(own, outer, D("0.9713"), D("-0.00001"), ["a"])) == (
        "demo: FAILED — 2 quotes, 0 fills, 1 hedges, 1 open, depth within tolerance 97.1% of the time, "
        "not hedged -0.00001 BTC, 1 discrepancies"
    )


def test_two_demos_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(1, None, pegged=True, liquidity=True) == 2
    assert capsys.readouterr().err == "demo: --pegged and --liquidity are two demos; choose one\n"
