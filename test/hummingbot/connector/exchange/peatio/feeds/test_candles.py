"""When a feed of candles counts as up to date."""

from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio.feeds.candles import CandleFeed

MINUTE_S = 60
NOW_S = 1_800_000_000.0


def kline(begin_s: float) -> dict[str, list[str | float]]:
    return {"btcusd.kline-1m": [begin_s, "1", "1", "1", "1", "1"]}


def test_a_candle_that_lay_in_the_socket_while_the_machine_stood_still_makes_no_feed_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feed = CandleFeed("BTC-USD", "1m", 1)
    monkeypatch.setattr(feed, "_time", lambda: NOW_S)
    feed._candles.append([NOW_S - MINUTE_S, *[Decimal(1)] * 5])
    feed._on_message(kline(NOW_S - MINUTE_S))
    assert feed.ready
    monkeypatch.setattr(feed, "_time", lambda: NOW_S + 12 * MINUTE_S)
    assert not feed.ready
    feed._on_message(kline(NOW_S))
    assert not feed.ready
    feed._on_message(kline(NOW_S + 12 * MINUTE_S))
    assert feed.ready
