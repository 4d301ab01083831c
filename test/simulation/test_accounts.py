"""`simulation.accounts`: which orders of an account are none of a bot's business."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from simulation.accounts import _rejected_late
from test.chaos.evidence import Ledger, LedgerOrder, Life, Records
from test.chaos.reports import Created, Ended, Intended, Line

RECORDS = Records({}, {}, {})
INTENDED = Intended(
    client_order_id="a", pair="BTC-USD", side="buy", order_type="limit", amount=Decimal("0.1"), price=Decimal(30000)
)
FAILED = Ended(client_order_id="a", state="failed", reason="…")
CREATED = Created(
    client_order_id="a", order_id="6", pair="BTC-USD", side="buy", order_type="limit", price=None, amount=Decimal(1)
)
GIVEN_UP = "The exchange has no order like a. One that turns up soon after is cancelled, a later one is named."


def rejected(*lines: Line, was_killed: bool, log: str = "", state: Any = "reject") -> list[str]:
    bot: Any = SimpleNamespace(lives=lambda: [Life(RECORDS, lines, was_killed)], records=lambda: RECORDS)
    order = LedgerOrder("7", "BTC-USD", "buy", "limit", Decimal(30000), Decimal("0.1"), state)
    steps = {"BTC-USD": (Decimal("0.000001"), Decimal("0.01"))}
    return list(_rejected_late(bot, Ledger([order], [], frozenset(), {}, {}, {}, steps), log))


def test_a_rejected_order_of_an_intent_that_was_given_up_is_left_out() -> None:
    assert rejected(INTENDED, FAILED, was_killed=False, log=GIVEN_UP) == ["7"]
    assert rejected(INTENDED, FAILED, was_killed=False) == []
    assert rejected(INTENDED, FAILED, was_killed=False, log=GIVEN_UP, state="cancel") == []


def test_so_is_one_of_a_process_that_died_before_it_had_an_answer() -> None:
    assert rejected(INTENDED, was_killed=True) == ["7"]
    assert rejected(INTENDED, was_killed=False) == []
    assert rejected(INTENDED, CREATED, was_killed=True) == []
    assert rejected(INTENDED, FAILED, was_killed=True) == []
