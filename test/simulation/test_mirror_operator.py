"""The operator of a simulated mirror: when a hedge is settled, as which order, and with which command."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from peatio_liquidity.hedge_journal import HedgeJournal, journal_path
from simulation.mirror.operator import CALL_S, PATIENCE_S, Operator
from simulation.mirror.plan import CONTROLLER, MARKET

D = Decimal
MARKETS = "peatio BTC-USD / peatio_outer BTC-USD"


class Mirror:
    """One whose hedge of 0.3 is in doubt, and orders of its account on the outer exchange."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.is_away, self.deaths = folder, False, 0
        self.path = journal_path(folder, CONTROLLER)
        journal = HedgeJournal(self.path, MARKETS, 1.0)
        self.number = journal.write(False, D("0.3"), D(30000), 5.0, D(30010))
        journal.sent(self.number, "hbot-1")
        journal.close()
        self.desk = SimpleNamespace(in_doubt={})
        self.life = SimpleNamespace(controller=SimpleNamespace(desk=self.desk))
        self.actions: list[Callable[[], object]] = []
        self.orders: list[Any] = []
        self.fills: list[Any] = []
        self.claimed = dict[str, Any]()
        self.cancelled: list[int] = []
        self.now_s = 100.0
        exchange = SimpleNamespace(cancel=lambda order: self.cancelled.append(order.id))
        sandbox = SimpleNamespace(
            exchange=exchange, orders=lambda _member: self.orders, fills=lambda _member: self.fills
        )
        hedges = SimpleNamespace(
            exchange=SimpleNamespace(sandbox=sandbox),
            choice=SimpleNamespace(member="bot"),
            records=lambda: SimpleNamespace(journal=self.claimed),
        )
        loop: Any = SimpleNamespace(true_s=100.0, events=SimpleNamespace(note=lambda *_: None))
        self._loop = loop
        ledgers: Any = SimpleNamespace(hedges=hedges)
        bot: Any = self
        self.operator = Operator(loop, 1, ledgers, bot)

    def before_next_life(self, action: Callable[[], object]) -> None:
        self.actions.append(action)

    def restart(self, _pause_s: float) -> None:
        self.is_away = True

    def doubt(self) -> None:
        self.desk.in_doubt = {False: f"… stop the bot and run: python -m peatio_liquidity settle {self.path} 1"}

    def order(self, number: int, state: str, filled: str = "0", volume: str = "0.3") -> None:
        self.orders.append(
            SimpleNamespace(
                id=number, market=MARKET, side="sell", placed_volume=D(volume), price=D(30000), state=state
            )
        )
        if D(filled):
            fee = SimpleNamespace(fee_amount=D(6), fee_currency="usd")
            fill = SimpleNamespace(order_id=number, amount=D(filled), total=D(filled) * 30001, **vars(fee))
            self.fills.append(fill)

    def look_for(self, seconds: float) -> None:
        until_s = self._loop.true_s + seconds
        while self._loop.true_s < until_s and not self.is_away:
            self._loop.true_s += 1.0
            self.operator._look()

    def start(self) -> None:
        """The next life."""
        for action in self.actions:
            action()
        self.is_away = False

    def known(self) -> tuple[list[int], Decimal, Decimal]:
        """Hedges under way, exposure and cash by the hedge journal."""
        journal = HedgeJournal(self.path, MARKETS, 1.0)
        pending = [hedge.number for hedge in journal.pending()]
        journal.close()
        return pending, journal.net, journal.cash


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path)


def test_a_doubt_that_stays_is_settled_while_the_bot_is_stopped(mirror: Mirror) -> None:
    mirror.order(7, "done", filled="0.3")
    mirror.doubt()
    mirror.look_for(PATIENCE_S[0] - 1)
    assert not mirror.is_away
    mirror.look_for(CALL_S)
    assert mirror.is_away
    assert mirror.known()[0] == [1], "not before it has stopped"
    mirror.start()
    assert mirror.known() == ([], D("-0.3"), D("0.3") * 30001 - 6)
    assert (mirror.operator.settled, mirror.operator.is_at_work) == ({1: "7"}, False)


def test_what_is_open_is_cancelled_first(mirror: Mirror) -> None:
    mirror.order(7, "wait")
    mirror.doubt()
    mirror.look_for(CALL_S)
    assert set(mirror.cancelled) == {7}
    assert not mirror.is_away
    mirror.orders[0].state = "cancel"
    mirror.look_for(2.0)
    mirror.start()
    assert mirror.known() == ([], D(0), D(0))


def test_a_doubt_that_ends_by_itself_is_none_of_his_business(mirror: Mirror) -> None:
    mirror.order(7, "done", filled="0.3")
    for _ in range(10):
        mirror.doubt()
        mirror.look_for(PATIENCE_S[0] / 2)
        mirror.desk.in_doubt = {False: "hedge 1 of an earlier run (sell 0.3 at 30000) is looked up"}
        mirror.look_for(2.0)
        assert not mirror.operator.is_called
    assert not mirror.is_away


def test_neither_another_hedge_s_order_nor_one_of_another_size_is_it(mirror: Mirror) -> None:
    mirror.order(7, "done", filled="0.3")
    mirror.order(8, "done", filled="0.2", volume="0.2")
    mirror.claimed = {"hbot-0": SimpleNamespace(order_id="7")}
    mirror.doubt()
    mirror.look_for(CALL_S)
    mirror.start()
    assert mirror.operator.settled == {1: None}, "it was never placed"
    assert mirror.known() == ([], D(0), D(0))


def test_the_order_that_the_order_journal_has_for_it_is_it(mirror: Mirror) -> None:
    mirror.order(7, "done", filled="0.3")
    mirror.claimed = {"hbot-1": SimpleNamespace(order_id="7")}
    mirror.doubt()
    mirror.look_for(CALL_S)
    mirror.start()
    assert mirror.operator.settled == {1: "7"}


def test_where_there_is_no_such_order_it_was_never_placed(mirror: Mirror) -> None:
    mirror.doubt()
    mirror.look_for(PATIENCE_S[0] - 1)
    assert not mirror.is_away
    mirror.look_for(CALL_S)
    mirror.start()
    assert mirror.known() == ([], D(0), D(0))
    assert (mirror.operator.settled, mirror.operator.is_at_work) == ({1: None}, False)


def test_what_is_awaited_has_its_time_from_the_operator_s_last_work_on(mirror: Mirror) -> None:
    assert mirror.operator.deadline_s(100.0, 30.0) == 130.0
    mirror.order(7, "done", filled="0.3")
    mirror.doubt()
    mirror.look_for(1.0)
    assert mirror.operator.deadline_s(100.0, 30.0) == 101.0 + CALL_S + 30.0
    mirror.look_for(CALL_S)
    mirror.start()
    assert mirror.operator.deadline_s(100.0, 30.0) < 101.0 + CALL_S + 30.0


def test_a_doubt_begins_again_with_the_bot_s_next_life_and_so_does_its_time(mirror: Mirror) -> None:
    mirror.order(7, "done", filled="0.3")
    mirror.doubt()
    mirror.look_for(PATIENCE_S[0] - 1)
    mirror.desk.in_doubt = {}
    mirror.look_for(100.0)
    mirror.doubt()
    mirror.look_for(1.0)
    assert mirror.operator.deadline_s(100.0, 30.0) == 100.0 + PATIENCE_S[0] - 1 + 100.0 + 1.0 + CALL_S + 30.0
    mirror.look_for(CALL_S)
    assert mirror.is_away
