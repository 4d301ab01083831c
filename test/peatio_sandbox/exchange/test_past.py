"""A past made up from a seed, and what k-line, tickers and trades make of a past."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import pytest

from peatio_sandbox.config import DEFAULT_CURRENCIES, DEFAULT_MARKETS
from peatio_sandbox.exchange.candle import Candle, join
from peatio_sandbox.exchange.market_data import CANDLES_KEPT, PERIODS, Statistics
from peatio_sandbox.exchange.past import Series, make_candle, remember_trades, worth_after
from peatio_sandbox.exchange.store import Store
from peatio_sandbox.exchange.walk import make_past, stretches

D = Decimal
DAY_S = 86_400
NOW_S = 1_800_000_000 + 17.5
END_S = 1_800_000_000
MARKETS = [market for market in DEFAULT_MARKETS if market.is_enabled]
BTCUSD = MARKETS[0]
CURRENCIES = {currency.code: currency for currency in DEFAULT_CURRENCIES}


def pasts(span_s: float, seed: int = 0) -> list[list[Series]]:
    return list(make_past(MARKETS, CURRENCIES, span_s, NOW_S, seed))


def statistics(pieces: Sequence[Series]) -> Statistics:
    made = Statistics([pieces[0].market.symbol])
    made.load(pieces)
    return made


def test_it_ends_now_at_what_the_currencies_are_worth() -> None:
    for (series,), market in zip(pasts(DAY_S), MARKETS, strict=True):
        assert series.market is market
        assert [candle.start_s for candle in series.candles] == list(range(END_S - DAY_S, END_S, 60))
        worth = CURRENCIES[market.base].price / CURRENCIES[market.quote].price
        assert series.candles[-1].close == round(worth, market.price_precision)


def test_every_candle_is_one_that_the_market_could_have_had() -> None:
    for pieces in pasts(DAY_S):
        for series in pieces:
            for candle, after in pairwise(series.candles):
                prices = (candle.open, candle.high, candle.low, candle.close)
                assert all(series.market.accepts_price(price) for price in prices)
                assert series.market.accepts_volume(candle.volume)
                assert candle.low < min(candle.open, candle.close) <= max(candle.open, candle.close) < candle.high
                assert candle.close == after.open


def test_markets_of_the_same_currencies_agree() -> None:
    btcusd, ethusd, ethbtc, _ = (pieces[0].candles for pieces in pasts(DAY_S))
    for btc, eth, ratio in zip(btcusd, ethusd, ethbtc, strict=True):
        assert abs(eth.close / btc.close - ratio.close) < D("0.000002")
    assert max(candle.close for candle in btcusd) > min(candle.close for candle in btcusd) * D("1.01")


def test_the_seed_decides_and_a_longer_past_ends_like_a_shorter_one() -> None:
    assert pasts(3600) == pasts(3600)
    assert pasts(3600) != pasts(3600, seed=1)
    for (shorter,), longer in zip(pasts(3600), pasts(8 * 3600), strict=True):
        assert longer[-1].candles[-60:] == shorter.candles


@pytest.mark.parametrize("days", [1, 7, 30, 400, 1830])
def test_stretches_have_no_hole_and_reach_as_far_as_was_asked(days: int) -> None:
    found = stretches(days * DAY_S, END_S)
    assert found[0].end_s == END_S
    assert [part.end_s for part in found[1:]] == [part.start_s for part in found[:-1]]
    assert found[-1].start_s <= END_S - days * DAY_S < found[-1].start_s + 60 * found[-1].period
    assert all(part.start_s % (60 * part.period) == 0 for part in found)
    for part, after in pairwise(found):
        assert part.start_s % (60 * after.period) == 0
        assert part.count >= CANDLES_KEPT


def test_every_period_is_made_of_the_same_minutes() -> None:
    (series,), *_ = pasts(DAY_S)
    made = statistics([series])
    for period in PERIODS:
        rows = made.candles("btcusd", period, NOW_S, 0, END_S - 1, 1)
        assert rows == [candle.row() for candle in join(series.candles, period)]


def test_a_long_past_has_as_many_candles_of_each_period_as_are_kept() -> None:
    made = statistics(next(make_past(MARKETS[:1], CURRENCIES, 20 * DAY_S, NOW_S, 0)))
    assert len(made.latest("btcusd", 1, 20_000)) == CANDLES_KEPT
    for period in (5, 15, 60, 1440):
        rows = made.latest("btcusd", period, 20_000)
        assert len(rows) in (20 * 1440 // period, 20 * 1440 // period + 1)
        assert {b[0] - a[0] for a, b in pairwise(rows)} == {period * 60}
        assert all(a[4] == b[1] for a, b in pairwise(rows))


def candle(start_s: int, open_: str, high: str, low: str, close: str, volume: str) -> Candle:
    return make_candle(BTCUSD, start_s, (D(open_), D(high), D(low), D(close)), D(volume))


UP, DOWN, FLAT = (
    candle(0, "100", "120", "90", "110", "4.000002"),
    candle(300, "110", "115", "80", "90", "0.000003"),
    candle(600, "90", "90", "90", "90", "0"),
)


def test_shorter_periods_show_the_trades_that_a_candle_stands_for() -> None:
    made = statistics([Series(BTCUSD, 5, (UP, DOWN, FLAT))])
    assert made.latest("btcusd", 5, 9) == [each.row() for each in (UP, DOWN, FLAT)]
    assert made.latest("btcusd", 15, 9) == [[0, 100, 120, 80, 90, 4.000005]]
    assert made.latest("btcusd", 1, 99) == [
        [0, 100, 100, 100, 100, 1],
        [60, 90, 90, 90, 90, 1],
        [120, 120, 120, 120, 120, 1],
        [180, 110, 110, 110, 110, 1.000002],
        [300, 110, 110, 110, 110, 0],
        [360, 115, 115, 115, 115, 0],
        [420, 80, 80, 80, 80, 0],
        [480, 90, 90, 90, 90, 0.000003],
        *([at_s, 90, 90, 90, 90, 0] for at_s in (600, 660, 720, 780)),
    ]


def test_the_latest_trades_make_the_last_candles() -> None:
    store = Store(10)
    remember_trades(store, [Series(BTCUSD, 5, (UP, DOWN, FLAT))])
    trades = store.public_trades("btcusd")
    assert [(trade.id, trade.price, trade.amount, trade.taker_type, trade.created_at_s) for trade in trades] == [
        (1, D(100), D(1), "buy", 0),
        (2, D(90), D(1), "sell", 75),
        (3, D(120), D(1), "buy", 150),
        (4, D(110), D("1.000002"), "sell", 225),
        (5, D(90), D("0.000003"), "sell", 525),
    ]
    assert sum(trade.total for trade in trades[:4]) == UP.quote_volume
    assert store.next_trade_id() == 6


def test_no_more_trades_are_remembered_than_are_listed() -> None:
    store = Store(10)
    pieces = pasts(DAY_S)[0]
    remember_trades(store, pieces)
    trades = store.public_trades("btcusd")
    assert len(trades) == 1000
    assert trades[-1].price == pieces[-1].candles[-1].close
    minutes: dict[int, list[Decimal]] = {}
    for trade in trades:
        minutes.setdefault(int(trade.created_at_s) // 60 * 60, []).append(trade.amount)
    assert {at_s: sum(amounts) for at_s, amounts in minutes.items()} == {
        each.start_s: each.volume for each in pieces[-1].candles[-250:]
    }


def test_candles_of_another_time_are_moved_to_the_present_by_whole_periods() -> None:
    series = Series(BTCUSD, 5, (UP, DOWN, FLAT)).moved_to(NOW_S)
    assert [each.start_s for each in series.candles] == [END_S - 900, END_S - 600, END_S - 300]
    assert [each.close for each in series.candles] == [UP.close, DOWN.close, FLAT.close]


def test_the_last_candles_tell_what_currencies_are_worth() -> None:
    ethbtc = next(market for market in MARKETS if market.symbol == "ethbtc")
    of_ratio = Series(ethbtc, 5, (make_candle(ethbtc, 0, (D("0.05"),) * 4, D(1)),))
    worth = {each.code: each.price for each in worth_after(DEFAULT_CURRENCIES, [of_ratio, Series(BTCUSD, 5, (UP,))])}
    assert (worth["btc"], worth["eth"], worth["doge"]) == (D(110), D("5.50"), D("0.75"))
