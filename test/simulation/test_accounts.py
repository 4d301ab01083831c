"""`simulation.accounts`: which orders of an account are none of a bot's business."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from simulation.accounts import _ended_late, evidence_of
from simulation.pegged import PegRecord
from test.chaos.evidence import JournalRow, Ledger, LedgerFill, LedgerOrder, Life, Records
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


def left_out(
    *lines: Line,
    was_killed: bool = False,
    log: str = "",
    state: Any = "reject",
    ended: tuple[str, ...] = (),
    price: Decimal | None = Decimal(30000),
    is_filled: bool = False,
    claimed: tuple[str, ...] = (),
) -> list[str]:
    bot: Any = SimpleNamespace(lives=lambda: [Life(RECORDS, lines, was_killed)], records=lambda: RECORDS)
    order = LedgerOrder("7", "BTC-USD", "buy", "market" if price is None else "limit", price, Decimal("0.1"), state)
    fills = [LedgerFill("7", "1", "BTC-USD", "buy", Decimal(1), Decimal(1), Decimal(1), {})] if is_filled else []
    steps = {"BTC-USD": (Decimal("0.000001"), Decimal("0.01"))}
    return list(_ended_late(bot, Ledger([order], fills, frozenset(), {}, {}, {}, steps), log, ended, claimed))


def test_a_rejected_order_of_an_intent_that_was_given_up_is_left_out() -> None:
    assert left_out(INTENDED, FAILED, was_killed=False, log=GIVEN_UP) == ["7"]
    assert left_out(INTENDED, FAILED, was_killed=False) == []
    assert left_out(INTENDED, FAILED, was_killed=False, log=GIVEN_UP, state="cancel") == []


def test_a_like_order_of_another_bot_is_not() -> None:
    """Seed 150994: two bots on one account had asked for the same order, and that of one was rejected."""
    assert left_out(INTENDED, FAILED, log=GIVEN_UP, claimed=("7",)) == []


def test_so_is_one_that_a_cycle_ended() -> None:
    """Pegged seed 95546: it was stored too late, and shrunk to nothing while its create was still looked for."""
    assert left_out(INTENDED, FAILED, was_killed=False, log=GIVEN_UP, state="cancel", ended=("7",)) == ["7"]
    assert left_out(INTENDED, FAILED, was_killed=False, state="cancel", ended=("7",)) == []
    assert left_out(INTENDED, CREATED, was_killed=True, state="cancel", ended=("7",)) == []


def test_so_is_a_market_order_that_found_nothing() -> None:
    """Pegged seed 85156: it was stored too late, and nothing in the book could fill it. No event tells of its end."""
    asked = INTENDED.model_copy(update={"order_type": "market", "price": None})
    assert left_out(asked, FAILED, log=GIVEN_UP, state="cancel", price=None) == ["7"]
    assert left_out(asked, FAILED, log=GIVEN_UP, state="cancel", price=None, is_filled=True) == []
    assert left_out(asked, FAILED, log=GIVEN_UP, state="done", price=None) == []
    assert left_out(asked, FAILED, state="cancel", price=None) == []


def test_so_is_one_of_a_process_that_died_before_it_had_an_answer() -> None:
    assert left_out(INTENDED, was_killed=True) == ["7"]
    assert left_out(INTENDED, was_killed=False) == []
    assert left_out(INTENDED, CREATED, was_killed=True) == []
    assert left_out(INTENDED, FAILED, was_killed=True) == []


@pytest.mark.parametrize(
    ("filled", "known", "left"),
    [
        (None, None, ["9"]),
        ("7", None, ["7", "9"]),
        ("8", None, ["9"]),
        ("9", None, ["9"]),
        (None, "7", ["7", "9"]),
    ],
)
def test_orders_that_a_cycle_replaced_before_their_successor_was_named_are_meant_too(
    monkeypatch: pytest.MonkeyPatch, filled: str | None, known: str | None, left: list[str]
) -> None:
    """Order 6 was replaced by 7 and that by 8, which the connector named; 9 is another one. One that was filled has
    to be named itself, and one that the bot knows is its own."""
    orders = [LedgerOrder(name, "BAY-USD", "buy", "limit", Decimal(1), Decimal(1), "cancel") for name in "6789"]
    fills = [LedgerFill(filled, "1", "BAY-USD", "buy", Decimal(1), Decimal(1), Decimal(1), {})] if filled else []
    ledger = Ledger(orders, fills, frozenset(), {}, {}, {}, {})
    monkeypatch.setattr("simulation.accounts.read_ledger", lambda *_: ledger)
    peg = PegRecord(successors={"6": "7", "7": "8"})
    bot: Any = SimpleNamespace(
        choice=SimpleNamespace(member="bot", is_exclusive=False),
        exchange=SimpleNamespace(peg=peg, sandbox=None, start_funds={"bot": {}}),
        life=SimpleNamespace(status=object()),
        lives=list,
        records=lambda: Records({}, {}, {"a": JournalRow("a", "closed", known)}),
        number_of=lambda order_id: order_id,
    )
    found = evidence_of(bot, "WARNING Order 8 looks like the lost order a (to buy 1 BAY-USD at 1), but …")
    assert [order.order_id for order in found.ledger.orders] == left
