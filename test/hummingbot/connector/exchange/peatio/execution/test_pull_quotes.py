"""Own quotes on a market whose order book is invalid (setting `pull_quotes`)."""

from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade, exchange_arguments, settle
from test.hummingbot.connector.exchange.peatio.rig import Rig
from test.patience import eventually

HERE = WireOrder(1, side="sell", price="31000.0")
ELSEWHERE = WireOrder(2, base="eth")


async def test_open_limit_orders_on_that_market_are_cancelled_and_no_others(rig: Rig) -> None:
    for wire, key in ((HERE, "here"), (ELSEWHERE, "elsewhere")):
        rig.follow_live(wire, key)
    rig.follow(WireOrder(3, price=None), "market")
    rig.answer_cancel(HERE, callback=rig.says(HERE.now("cancel").event()))
    rig.exchange._engine.canceller.pull_quotes("BTC-USD")
    await eventually(lambda: rig.of(MarketEvent.OrderCancelled))
    await settle()
    assert [request for request, _ in rig.requests("POST")] == ["POST market/orders/1/cancel"]


async def test_stopping_ends_what_is_under_way(rig: Rig) -> None:
    rig.follow_live(HERE, "here")
    rig.exchange._engine.canceller.pull_quotes("BTC-USD")
    await settle()
    assert len(rig.exchange._order_tasks) == 1
    await rig.exchange._engine.close()
    assert len(rig.exchange._order_tasks) == 0


@pytest.mark.parametrize("pulls", [True, False])
async def test_quotes_are_pulled_only_where_the_setting_is_on(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, pulls: bool
) -> None:
    arguments = {**exchange_arguments(tmp_path, ["BTC-USD"]), "settings": ConnectorSettings(pull_quotes=pulls)}
    exchange = PeatioExchange(**arguments)
    pulled: list[str] = []
    monkeypatch.setattr(exchange._engine.canceller, "pull_quotes", pulled.append)
    exchange.on_book_invalid("BTC-USD")
    assert pulled == (["BTC-USD"] if pulls else [])


async def test_own_fills_are_told_to_those_who_watch_the_books(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(
        rig.exchange.order_book_tracker, "on_own_trade", lambda pair, trade: told.append((pair, trade))
    )
    rig.follow_live(HERE, "here")
    rig.hear(WireTrade(77, "31000.0", "0.1").event(HERE))

    assert told == [("BTC-USD", "77")]
