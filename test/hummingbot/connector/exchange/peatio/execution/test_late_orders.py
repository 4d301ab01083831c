"""Orders whose create had no answer, and that turn up late."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio.common.messages import parse_order
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder
from test.hummingbot.connector.exchange.peatio.rig import OPEN_ORDERS, PAIR, Rig

LIKE = WireOrder(18)
STORED_S = parse_order(LIKE.row()).created_at_s
LOST = Intent("lost", PAIR, "btcusd", is_buy=True, amount=Decimal("1.0"), price=Decimal(30000), created_at_s=STORED_S)


async def test_one_that_is_stored_after_those_that_looked_like_it_have_ended_is_named(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Dense seed 60 of the simulation: another one was like the lost one. When that had ended, nobody watched any more
    for the lost one itself, which was stored late and filled."""
    engine = rig.exchange._engine
    monkeypatch.setattr(engine.late_orders, "_server_time_s", lambda: STORED_S + 60)
    engine.journal.record(LOST)
    engine.journal.sent("lost", STORED_S)
    others = [replace(LIKE, order_id=number) for number in (18, 19)]
    rig.http.get(OPEN_ORDERS, payload=[wire.row(uuid=f"of {wire.order_id}") for wire in others])
    await engine.late_orders.poll()
    assert "Orders 18, 19 on BTC-USD look like" in caplog.text
    assert engine.late_orders.undecided() != []
    late = datetime.fromtimestamp(STORED_S + 30, UTC).isoformat()
    rows = [wire.now("cancel").row(uuid=f"of {wire.order_id}") for wire in others]
    rows.append(replace(LIKE, order_id=20).row(uuid="of 20", created_at=late))
    rig.http.get(OPEN_ORDERS, payload=rows, repeat=True)
    for _ in range(2):
        await engine.late_orders.poll()
        assert engine.late_orders.undecided() == [], "placing resumes"
    assert caplog.text.count("No order is open any more of those that looked like lost") == 1
    assert caplog.text.count("Order 20 looks like the lost order lost") == 1
    assert [row.state for row in engine.journal.unfinished()] == [IntentState.ABSENT]
