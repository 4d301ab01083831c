"""Like creates of the last run: whose order is whose, where Hummingbot's database knows it and the journal does not."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio import peatio_engine_host
from hummingbot.connector.exchange.peatio.common.messages import parse_order
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState
from hummingbot.connector.exchange.peatio.execution.trade_records import OrderRecord
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade
from test.hummingbot.connector.exchange.peatio.rig import OPEN_ORDERS, PAIR, Rig

FILLED = replace(WireOrder(18), state="done", executed="1.0")
TRADE = WireTrade(8, "30000.0", "1.0", "sell")


@pytest.mark.parametrize("is_absent", [False, True])
async def test_an_order_that_hummingbot_recorded_as_created_is_not_taken_for_a_like_lost_one(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, is_absent: bool
) -> None:
    """The request of the older one never arrived. The disk refused to write the id of the other one."""
    records = {"c2": OrderRecord(True, frozenset({"8"}), exchange_order_id="18")}
    monkeypatch.setattr(peatio_engine_host, "record_of", lambda _, key: records.get(key, OrderRecord()))
    journal, stored_at_s = rig.exchange._engine.journal, parse_order(FILLED.row()).created_at_s
    for key, sent_at_s in (("c1", stored_at_s - 1), ("c2", stored_at_s)):
        amount, price = Decimal(FILLED.volume), Decimal(30000)
        journal.record(Intent(key, PAIR, "btcusd", is_buy=True, amount=amount, price=price, created_at_s=sent_at_s))
        journal.sent(key, sent_at_s)
    if is_absent:
        journal.absent("c2")
    rig.http.get(OPEN_ORDERS, payload=[FILLED.row()], repeat=True)
    rig.answer_order(FILLED, [TRADE], repeat=True)
    await rig.exchange._engine.startup._reconciliation.run()
    assert journal.claimed_by("18") == "c2"
    assert [(row.client_order_id, row.state) for row in journal.unfinished()] == [("c1", IntentState.ABSENT)]
    assert rig.of(MarketEvent.OrderFilled) == [], "Hummingbot has the fill"


@pytest.mark.parametrize("has_id", [True, False])
async def test_of_what_ends_before_the_journal_is_open_only_an_order_with_an_id_is_settled(
    rig: Rig, has_id: bool
) -> None:
    """Hummingbot gives up a restored order without an id after some looks: the exchange may have it nevertheless."""
    engine, price = rig.exchange._engine, Decimal(30000)
    asked_for = Intent("c1", PAIR, "btcusd", is_buy=True, amount=Decimal(1), price=price, created_at_s=1.0)
    engine.journal.record(asked_for)
    engine.journal.sent("c1", 1.0)
    if has_id:
        engine.journal.live("c1", "18", None)
    (known,) = engine.journal.unfinished()
    order = TrackedOrder.from_intent(known, OrderRecord(True))
    engine.journal.close_file()
    engine.on_order_ended(order, OrderState.FILLED if has_id else OrderState.FAILED)
    engine.journal.open()
    assert engine.journal.unfinished() == ([] if has_id else [known])
