"""What books are told besides their increments: REST depth and last trades, and a subscription from scratch."""

import json
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.common.errors import MessageError, RequestError, StreamError
from hummingbot.connector.exchange.peatio.common.messages import PublicTrade, parse_public_trade

from test.hummingbot.connector.exchange.peatio.ranger_server import RangerServer, running, web_sessions
from test.hummingbot.connector.exchange.peatio.recorded import answer
from test.hummingbot.connector.exchange.peatio.source_support import PAIR, source_of
from test.patience import eventually

TRADES = "public/markets/btcusd/trades"
ROW = {"id": 1001, "price": 30010.0, "amount": 0.25, "market": "btcusd", "created_at": 1700000000, "taker_type": "buy"}


@pytest.mark.parametrize("created_at", [1700000000, "2023-11-14T22:13:20Z"])
def test_a_public_trade_is_its_number_and_its_time(created_at: Any) -> None:
    assert parse_public_trade({**ROW, "created_at": created_at}) == PublicTrade(1001, 1_700_000_000.0)


@pytest.mark.parametrize("changes", [{"id": None}, {"id": "1001"}, {"id": True}, {"created_at": None}])
def test_a_public_trade_without_number_or_time_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MessageError):
        parse_public_trade({**ROW, **changes})
    with pytest.raises(MessageError):
        parse_public_trade([])


async def test_the_newest_trade_is_its_number_and_its_age() -> None:
    async with web_sessions(), RangerServer() as server:
        source, connector = source_of([PAIR], server.url)
        connector._time_synchronizer.add_time_offset_ms_sample(0)
        now_s = connector._time_synchronizer.time()
        server.answer_time()
        server.rest[TRADES] = [(200, json.dumps([{**ROW, "created_at": int(now_s) - 60}]))]

        newest = await source.newest_trade(PAIR)

        assert newest is not None
        assert newest[0] == 1001
        assert 60 <= newest[1] < 65
        (request,) = [each for each in server.rest_requests if each.path.endswith("/trades")]
        assert dict(request.query) == {"limit": "1"}


async def test_a_market_that_never_traded_has_no_newest_trade() -> None:
    async with web_sessions(), RangerServer() as server:
        source, _ = source_of([PAIR], server.url)
        server.answer_time()
        server.rest[TRADES] = [(200, "[]")]

        assert await source.newest_trade(PAIR) is None


async def test_depth_is_what_the_exchange_says() -> None:
    async with web_sessions(), RangerServer() as server:
        source, _ = source_of([PAIR], server.url)
        server.answer_time()
        server.rest["public/markets/btcusd/depth"] = [(200, json.dumps(answer("depth")))]

        assert await source.depth(PAIR) == answer("depth")


async def test_what_cannot_be_had_is_told_by_its_error() -> None:
    async with web_sessions(), RangerServer() as server:
        source, _ = source_of([PAIR], server.url)
        server.answer_time()
        server.rest[TRADES] = [(200, "{}")]

        with pytest.raises(RequestError):
            await source.depth(PAIR)
        with pytest.raises(MessageError):
            await source.newest_trade(PAIR)
        with pytest.raises(StreamError):
            await source.newest_trade("NO-SUCH")


async def test_a_book_can_be_subscribed_to_from_scratch() -> None:
    """Newer Ruby Rangers replay nothing to those who are subscribed already."""
    async with web_sessions(), RangerServer() as server:
        source, _ = source_of([PAIR], server.url)
        async with running(source.listen_for_subscriptions()):
            await eventually(lambda: len(server.frames) == 2)
            await source.resubscribe_book(PAIR)
            await source.resubscribe_book(PAIR, is_afresh=True)

        told = [json.loads(frame) for frame in server.frames[2:]]
        assert [(each["event"], each["streams"]) for each in told] == [
            ("subscribe", ["btcusd.ob-inc"]),
            ("unsubscribe", ["btcusd.ob-inc"]),
            ("subscribe", ["btcusd.ob-inc"]),
        ]
