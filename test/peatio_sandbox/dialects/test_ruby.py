"""The Ruby Rangers over sockets: what they do that Rango does not, and what Rango does that they do not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from test.peatio_sandbox.dialect_support import QUICK, Stream, World, world

#: An exchange whose own tickers stay out of the way.
QUIET = replace(QUICK, ticker_period_s=60.0)


@pytest.fixture
async def ruby() -> AsyncIterator[World]:
    """Peatio 3.1 behind the last Ruby Ranger."""
    async with world(replace(QUIET, dialect="ruby-ranger")) as opened:
        yield opened


@pytest.fixture
async def oldest() -> AsyncIterator[World]:
    """Peatio 2.3 behind the oldest one."""
    async with world(replace(QUIET, dialect="ruby-ranger-0.4")) as opened:
        yield opened


def subscribe(*streams: str) -> dict[str, object]:
    return {"event": "subscribe", "streams": list(streams)}


def ack(*streams: str, what: str = "subscribed") -> dict[str, Any]:
    return {"success": {"message": what, "streams": list(streams)}}


async def test_a_private_stream_is_acknowledged_to_anybody_and_tells_nothing(ruby: World) -> None:
    stream = await ruby.stream("order", "trade")
    assert stream.messages == [ack("order", "trade")]
    await ruby.trader("maker").placed("buy", "0.5", "29990")
    assert await stream.fence() == []


async def test_rango_leaves_it_out_of_the_acknowledgement() -> None:
    async with world(QUIET) as rango:
        assert (await rango.stream("order", "trade")).messages == [ack()]


async def test_nothing_is_replayed_to_those_who_are_subscribed(ruby: World) -> None:
    await ruby.trader("maker").placed("buy", "0.5", "29990")
    stream = await ruby.stream("btcusd.ob-inc")
    assert [next(iter(message)) for message in stream.messages] == ["btcusd.ob-snap", "btcusd.ob-inc", "success"]
    stream.messages.clear()
    await stream.say(subscribe("btcusd.ob-inc"))
    assert await stream.next() == ack("btcusd.ob-inc")
    await stream.say({"event": "unsubscribe", "streams": ["btcusd.ob-inc"]})
    assert await stream.next() == ack(what="unsubscribed")
    await stream.say(subscribe("btcusd.ob-inc"))
    told = [await stream.next() for _ in range(3)]
    assert [next(iter(message)) for message in told] == ["btcusd.ob-snap", "btcusd.ob-inc", "success"]


async def test_the_first_snapshot_reaches_those_who_wait_and_no_later_one(ruby: World) -> None:
    ruby.sandbox.ranger.restart()
    stream = await ruby.stream("newusd.ob-inc")
    ranger = ruby.sandbox.ranger
    ranger.publish("public.newusd.ob-inc", {"asks": ["1.0", "1.0"], "sequence": 1})
    snapshot = {"asks": [["1.0", "1.0"]], "bids": [], "sequence": 1}
    ranger.publish("public.newusd.ob-snap", snapshot)
    ranger.publish("public.newusd.ob-inc", {"asks": ["1.0", "2.0"], "sequence": 2})
    ranger.publish("public.newusd.ob-snap", {**snapshot, "sequence": 2})
    ranger.publish("public.newusd.ob-inc", {"asks": ["1.0", ""], "sequence": 3})
    told = await stream.fence()
    assert [next(iter(message)) for message in told] == ["newusd.ob-snap", "newusd.ob-inc", "newusd.ob-inc"]
    assert told[1]["newusd.ob-inc"]["sequence"] == 2


@pytest.mark.parametrize("nonsense", ["ping", "{", '"subscribe"', "{}", '{"event":"nonsense"}', '{"jwt":"Bearer x"}'])
async def test_nonsense_is_passed_over_in_silence(ruby: World, nonsense: str) -> None:
    stream = await ruby.stream()
    await stream.say(nonsense)
    assert await stream.fence() == []


@pytest.mark.parametrize("poison", ['{"event":"subscribe","streams":5}', '{"event":"subscribe"}', "[]", "5", "null"])
async def test_what_breaks_the_code_closes_one_connection_and_no_other(ruby: World, poison: str) -> None:
    bystander, stream = await ruby.stream("btcusd.trades"), await ruby.stream()
    await stream.say(poison)
    assert await stream.next() == 3000
    await bystander.say(subscribe("ethusd.trades"))
    assert await bystander.next() == ack("btcusd.trades", "ethusd.trades")


async def test_a_long_message_is_read_and_a_long_replay_survives(ruby: World) -> None:
    ranger = ruby.sandbox.ranger
    ranger.publish("public.newusd.ob-snap", {"asks": [], "bids": [], "sequence": 1})
    for sequence in range(2, 1002):
        ranger.publish("public.newusd.ob-inc", {"asks": ["1.0", "1.0"], "sequence": sequence})
    stream = await ruby.stream()
    wanted = [f"m{number:04}usd.trades" for number in range(100)]
    await stream.say(subscribe(*wanted, "newusd.ob-inc"))
    told = [await stream.next() for _ in range(1002)]
    assert told[-2]["newusd.ob-inc"]["sequence"] == 1001
    assert told[-1] == ack(*wanted, "newusd.ob-inc")
    by_address = await ruby.stream("newusd.ob-inc")
    assert len(by_address.messages) == 1002


async def test_streams_in_the_address_are_decoded_and_not_split(ruby: World) -> None:
    stream = await ruby.stream("btcusd%2Etrades", "a,b", "")
    assert stream.messages == [ack("btcusd.trades", "a,b")]


async def test_other_peoples_prefixes_are_acknowledged_without_a_word(ruby: World) -> None:
    assert (await ruby.stream("admin.btcusd.sys")).messages == [ack("admin.btcusd.sys")]


async def test_private_events_reach_their_member_alone(ruby: World) -> None:
    maker = await ruby.stream("order", member="maker")
    taker = await ruby.stream("order", member="taker")
    await ruby.trader("maker").placed("buy", "0.5", "29990")
    assert (await maker.until("order"))["state"] == "pending"
    assert await taker.fence() == []


async def test_a_member_without_a_key_gets_no_private_stream(ruby: World) -> None:
    url = f"{ruby.sandbox.url}/api/v2/ranger/private"
    async with ruby.session.get(url) as response:
        assert (response.status, await response.text()) == (401, '{"errors":["authz.invalid_session"]}')


async def test_the_oldest_writes_events_as_arrays_and_acknowledgements_as_objects(oldest: World) -> None:
    stream = await oldest.stream("btcusd.trades")
    assert stream.messages == [ack("btcusd.trades")]
    await oldest.trader("maker").placed("sell", "0.5", "30010")
    await oldest.trader("taker").placed("buy", "0.5", "30010")
    name, payload = await stream.next()
    assert (name, payload["trades"][0]["amount"]) == ("btcusd.trades", "0.5")
    private = await oldest.stream("order", member="maker")
    await oldest.trader("maker").placed("sell", "0.5", "30010")
    name, payload = await private.next()
    assert (name, payload["state"]) == ("order", "pending")


async def test_the_oldest_says_nothing_to_who_connects_and_tells_what_was_asked_for_in_the_address(
    oldest: World,
) -> None:
    url = f"{oldest.sandbox.url}/api/v2/ranger/public?stream=btcusd.trades"
    async with oldest.session.ws_connect(url) as socket:
        oldest.sandbox.ranger.publish("public.btcusd.trades", {"trades": []})
        assert await socket.receive_json(timeout=5.0) == ["btcusd.trades", {"trades": []}]


async def test_up_to_2_3_a_market_by_its_name_means_all_its_streams(oldest: World) -> None:
    stream: Stream = await oldest.stream("btcusd")
    oldest.sandbox.ranger.publish("public.btcusd.trades", {"trades": []})
    oldest.sandbox.ranger.publish("public.ethusd.trades", {"trades": []})
    oldest.sandbox.ranger.publish("public.btcusd.kline-1m", [1, 2])
    assert await stream.fence() == [["btcusd.trades", {"trades": []}], ["btcusd.kline-1m", [1, 2]]]


async def test_the_restart_of_a_ruby_ranger_loses_its_books(ruby: World) -> None:
    stream = await ruby.stream("btcusd.ob-inc")
    ruby.sandbox.ranger.restart()
    assert await stream.next() == 1006
    assert (await ruby.stream("btcusd.ob-inc")).messages == [ack("btcusd.ob-inc")]
