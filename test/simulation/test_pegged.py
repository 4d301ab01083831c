"""The accounts of a pegged exchange as the judge gets them: without what cycles did."""

from decimal import Decimal
from typing import Any

from simulation.pegged import PegRecord
from simulation.plan import plan_of
from test.chaos.evidence import DatabaseOrder, Evidence, JournalRow, Ledger, LedgerFill, LedgerOrder, Life, Records
from test.chaos.judge import judge
from test.chaos.reports import Created, Ended, Filled, Intended, Line, Status

D = Decimal
UID = "U1"
KEY, PAIR = "s1", "BAY-USD"


def evidence() -> Evidence:
    """An order of 100 was replaced by one of 40, which was filled; the cycle took 60."""
    fill = LedgerFill("2", "7", PAIR, "sell", D(1), D(40), D(40), {"USD": D(0)})
    told = Filled(
        client_order_id=KEY, order_id="2", trade_id="7", pair=PAIR, side="sell", price=D(1), amount=D(40), fees={}
    )
    asked: Any = {"client_order_id": KEY, "pair": PAIR, "side": "sell", "order_type": "limit", "price": D(1)}
    lines: list[Line] = [
        Intended(amount=D(100), **asked),
        Created(order_id="1", amount=D(100), **asked),
        told,
        Ended(client_order_id=KEY, state="filled", base=D(40), quote=D(40)),
    ]
    records = Records(
        orders={KEY: DatabaseOrder(KEY, "1", D(1), D(100), "SellOrderCompleted", ())},
        fills={},
        journal={KEY: JournalRow(KEY, "closed", "2")},
        history={(KEY, "7"): fill},
    )
    orders = [
        LedgerOrder("1", PAIR, "sell", "limit", D(1), D(100), "cancel"),
        LedgerOrder("2", PAIR, "sell", "limit", D(1), D(40), "done"),
    ]
    ledger = Ledger(
        orders, [fill], frozenset(), {"BAY": D(100), "USD": D(0)}, {"BAY": D(0), "USD": D(40)},
        {"BAY": D(0), "USD": D(0)}, {PAIR: (D("0.001"), D("0.0001"))},
    )
    status = Status(is_ready=True, followed=(), total={"USD": D(40)}, available=None)
    return Evidence([Life(Records({}, {}, {}), lines, was_killed=False)], records, ledger, status)


def record() -> PegRecord:
    peg = PegRecord(successors={"1": "2"}, placed={"1": D(100)})
    peg.moved[UID]["BAY"] = D(-60)
    return peg


def texts(found: Evidence) -> list[str]:
    # Hummingbot's own table of fills is left out here.
    return [finding.text for finding in judge(found) if "fill (order 1, trade 7) of s1 is not in" not in finding.text]


def test_a_replaced_order_counts_as_one_of_the_size_that_it_was_placed_with() -> None:
    assert texts(record().without_cycles(evidence(), UID)) == []


def test_without_that_every_part_of_it_is_a_difference() -> None:
    found = texts(evidence())
    assert any("stands for 2 orders" in text for text in found)
    assert any("the fills told lead to 60 BAY, there is 0" in text for text in found)


def test_a_fill_that_is_lost_is_still_found() -> None:
    found = evidence()
    lost = [line for line in found.lives[0].lines if not isinstance(line, Filled)]
    broken = Evidence([Life(found.lives[0].before, lost, was_killed=False)], found.records, found.ledger, found.status)
    assert any("was never told" in text for text in texts(record().without_cycles(broken, UID)))


def test_seeds_with_a_pegged_coin_have_one_bot_and_cycles() -> None:
    plans = [plan for plan in map(plan_of, range(1, 400)) if plan.exchanges[0].telling is not None]
    assert {plan.exchanges[0].telling for plan in plans} == {"origin", "remaining", "replace", "silent"}
    for plan in plans:
        assert len(plan.bots) == 1
        assert any(fault.kind == "peg cycle" for fault in plan.faults)
    assert not any(
        fault.kind == "peg cycle" for fault in plan_of(1).faults if plan_of(1).exchanges[0].telling is None
    )
