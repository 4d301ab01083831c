"""One connection to Ranger over a real socket: subscribing, acks, refusals, pings, and messages that cannot be used."""

import asyncio
import json
import logging
from decimal import Decimal
from typing import Any, Literal

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import StreamError, StreamNameError
from hummingbot.connector.exchange.peatio.websocket.client import frames
from hypothesis import given, settings
from hypothesis import strategies as st

from test.hummingbot.connector.exchange.peatio.fixtures import settle
from test.hummingbot.connector.exchange.peatio.ranger_server import running
from test.hummingbot.connector.exchange.peatio.ranger_support import connected, ranger_and_server
from test.hummingbot.connector.exchange.peatio.recorded import lines
from test.patience import eventually

pytestmark = pytest.mark.usefixtures("_each_kind_of_socket")

SNAPSHOT = {"btcusd.ob-snap": {"asks": [["30010.0", "0.6"]], "bids": [["29990.0", "0.4"]], "sequence": 2}}
INCREMENT = {"btcusd.ob-inc": {"bids": ["29990.0", "0.9"], "sequence": 3}}
TRADE = {"btcusd.trades": {"trades": [{"tid": 1001, "taker_type": "buy", "date": 1, "price": "1.0", "amount": "1.0"}]}}


def sent(event: str, *streams: str) -> str:
    """The text of a frame as aiohttp sends it."""
    return json.dumps({"event": event, "streams": list(streams)})


# Frames.


def test_each_book_has_a_frame_of_its_own_and_the_rest_share_one() -> None:
    assert frames("subscribe", ["btcusd.ob-inc", "ethusd.ob-inc", "btcusd.trades", "ethusd.trades", "order"]) == [
        {"event": "subscribe", "streams": ["btcusd.ob-inc"]},
        {"event": "subscribe", "streams": ["ethusd.ob-inc"]},
        {"event": "subscribe", "streams": ["btcusd.trades", "ethusd.trades", "order"]},
    ]


def test_a_market_whose_name_ends_like_the_stream_is_no_book() -> None:
    assert len(frames("subscribe", ["aob-inc", "b.trades"])) == 1


def test_nothing_to_subscribe_to_is_no_frame() -> None:
    assert frames("subscribe", []) == []


def test_a_frame_is_filled_up_to_what_rango_reads_and_no_further() -> None:
    """Recording 05: 512 bytes were answered, 513 closed the connection."""
    accepted, refused = (
        next(line["raw"] for line in lines("rango-3.1.0/05_read_limit_512.jsonl") if is_text_sent(line, conn))
        for conn in ("exact512", "n513")
    )
    assert (len(accepted), len(refused)) == (CONSTANTS.MAX_FRAME_BYTES, CONSTANTS.MAX_FRAME_BYTES + 1)

    room = CONSTANTS.MAX_FRAME_BYTES - len(sent("subscribe", "a", ""))
    assert len(frames("subscribe", ["a", "x" * room])) == 1
    assert len(frames("subscribe", ["a", "x" * (room + 1)])) == 2


def is_text_sent(line: dict[str, object], conn: str) -> bool:
    return line["dir"] == "send" and line.get("conn") == conn and line.get("op") == "text"


STREAMS = st.lists(
    st.text(min_size=1, max_size=60).map(lambda market: f"{market}.trades")
    | st.text("abc", min_size=1, max_size=8).map(lambda market: f"{market}.ob-inc"),
    max_size=40,
)


@settings(deadline=None, derandomize=True)
@given(st.sampled_from(["subscribe", "unsubscribe"]), STREAMS)
def test_every_stream_is_in_one_short_frame(event: Literal["subscribe", "unsubscribe"], streams: list[str]) -> None:
    result = frames(event, streams)

    assert sorted(stream for frame in result for stream in frame["streams"]) == sorted(streams)
    for frame in result:
        assert frame["event"] == event
        assert frame["streams"]
        assert len(json.dumps(frame).encode()) <= CONSTANTS.MAX_FRAME_BYTES
        assert len(frame["streams"]) == 1 or not any(stream.endswith(".ob-inc") for stream in frame["streams"])


@pytest.mark.parametrize(
    "streams", [[""], [b"btcusd.trades"], [Decimal(17)], [{"btcusd.trades"}], [object()], "btcusd.trades"]
)
def test_only_plain_strings_are_stream_names(streams: Any) -> None:
    """Docs/protocol.md section 5: a malformed subscription can end the server for everyone."""
    with pytest.raises(StreamNameError):
        frames("subscribe", streams)


@pytest.mark.parametrize("stream", ["x" * CONSTANTS.MAX_FRAME_BYTES, "x" * CONSTANTS.MAX_FRAME_BYTES + ".ob-inc"])
def test_a_stream_that_fits_into_no_frame_is_an_error(stream: str) -> None:
    with pytest.raises(StreamNameError, match="does not fit"):
        frames("subscribe", ["btcusd.trades", stream])


async def test_nothing_is_sent_when_one_of_the_streams_cannot_be() -> None:
    async with ranger_and_server() as (ranger, server):
        ranger.subscribes = []
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            for action in (ranger.connection.subscribe, ranger.connection.unsubscribe):
                with pytest.raises(StreamNameError):
                    await action(["btcusd.ob-inc", "btcusd.trades", ""])
            await asyncio.sleep(0.05)
            assert server.frames == []


async def test_all_that_is_sent_is_lists_of_streams_pings_and_the_token() -> None:
    async with ranger_and_server() as (ranger, server):
        ranger.subscribes = ["btcusd.ob-inc", "btcusd.trades", "order", "trade"]
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            login = asyncio.create_task(ranger.connection.log_in("Bearer token"))
            await eventually(lambda: sum("jwt" in frame for frame in server.frames) == 1)
            await server.client.ack()
            assert await login
            await ranger.connection.subscribe([])
            await ranger.connection.unsubscribe(["btcusd.trades"])
            ranger.sleeps.ping_time()
            await eventually(lambda: "ping" in server.frames)

            texts = [text for text in server.frames if text != "ping"]
            assert [json.loads(text) for text in texts] == [
                {"event": "subscribe", "streams": ["btcusd.ob-inc"]},
                {"event": "subscribe", "streams": ["btcusd.trades", "order", "trade"]},
                {"jwt": "Bearer token"},
                {"event": "unsubscribe", "streams": ["btcusd.trades"]},
            ]


# Subscribing.


async def test_a_connection_subscribes_and_hands_messages_on() -> None:
    async with ranger_and_server() as (ranger, server):
        ranger.subscribes = ["btcusd.ob-inc", "btcusd.trades", "ethusd.trades"]
        server.stored["btcusd.ob-inc"] = [SNAPSHOT, INCREMENT]
        async with connected(ranger):
            await eventually(lambda: ranger.connected)

            assert server.frames == [
                sent("subscribe", "btcusd.ob-inc"),
                sent("subscribe", "btcusd.trades", "ethusd.trades"),
            ]
            assert ranger.messages == [SNAPSHOT, INCREMENT], "the stored book comes before its ack"
            assert ranger.connection.streams == {"btcusd.ob-inc", "btcusd.trades", "ethusd.trades"}
            assert ranger.connection.socket is not None

            await server.client.send(TRADE)
            await eventually(lambda: len(ranger.messages) == 3)
            assert ranger.messages[2] == TRADE


async def test_the_next_frame_waits_for_the_ack_of_the_one_before() -> None:
    async with ranger_and_server(acks=False) as (ranger, server):
        ranger.subscribes = ["btcusd.ob-inc", "ethusd.ob-inc"]
        async with connected(ranger):
            await eventually(lambda: server.frames)
            await asyncio.sleep(0.05)
            assert server.frames == [sent("subscribe", "btcusd.ob-inc")]

            await server.client.ack()
            await eventually(lambda: len(server.frames) == 2)
            assert not ranger.connected

            await server.client.ack()
            await eventually(lambda: ranger.connected)


async def test_two_callers_take_turns() -> None:
    async with ranger_and_server(acks=False) as (ranger, server):
        ranger.subscribes = []
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            async with (
                running(ranger.connection.subscribe(["btcusd.ob-inc"])) as first,
                running(ranger.connection.unsubscribe(["ethusd.ob-inc"])) as second,
            ):
                await eventually(lambda: server.frames)
                await server.client.ack()
                await eventually(lambda: len(server.frames) == 2)
                await first
                assert not second.done()
                await server.client.ack()
                await second
            assert server.frames == [sent("subscribe", "btcusd.ob-inc"), sent("unsubscribe", "ethusd.ob-inc")]


async def test_subscribe_answers_all_streams_that_stand_now() -> None:
    async with ranger_and_server(refused={"order"}) as (ranger, _):
        async with connected(ranger):
            await eventually(lambda: ranger.connected)

            assert await ranger.connection.subscribe(["order", "ethusd.trades"]) == {"btcusd.trades", "ethusd.trades"}
            assert await ranger.connection.unsubscribe(["btcusd.trades"]) == {"ethusd.trades"}
            assert ranger.connection.streams == {"ethusd.trades"}


async def test_without_a_connection_nothing_can_be_subscribed() -> None:
    async with ranger_and_server() as (ranger, _):
        with pytest.raises(StreamError, match="There is no connection"):
            await ranger.connection.subscribe(["btcusd.trades"])
        assert ranger.connection.streams == frozenset()


async def test_a_server_that_greets_nobody_is_subscribed_to_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "ACK_TIMEOUT_S", 0.05)
    async with ranger_and_server(greets=False) as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            assert server.frames == [sent("subscribe", "btcusd.trades")]
            assert len(server.clients) == 1


async def test_nobody_subscribes_before_the_greeting() -> None:
    """It is an ack as well: taken for that of a subscription it would leave the set-up waiting for its own."""
    async with ranger_and_server(greets=False) as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: ranger.opened)
            await settle()
            with pytest.raises(StreamError, match="There is no connection"):
                await ranger.connection.subscribe(["ethusd.trades"])

            await server.client.ack()
            await eventually(lambda: ranger.connected)
            assert server.frames == [sent("subscribe", "btcusd.trades")]


# Acks that do not come, and refusals.


async def test_a_missing_ack_is_an_error_that_names_the_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ranger_and_server() as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            server.acks = False
            monkeypatch.setattr(CONSTANTS, "ACK_TIMEOUT_S", 0.05)

            with pytest.raises(StreamError, match=r"did not acknowledge \['btcusd.ob-inc'\] within 0 s"):
                await ranger.connection.subscribe(["btcusd.ob-inc"])
            assert len(server.clients) == 1, "whoever subscribed decides what a missing ack means"


async def test_a_late_ack_does_no_harm(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    async with ranger_and_server() as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            server.acks = False
            monkeypatch.setattr(CONSTANTS, "ACK_TIMEOUT_S", 0.05)
            with pytest.raises(StreamError):
                await ranger.connection.subscribe(["btcusd.ob-inc"])

            await server.client.ack()
            await eventually(lambda: "btcusd.ob-inc" in ranger.connection.streams)
            server.acks = True
            monkeypatch.setattr(CONSTANTS, "ACK_TIMEOUT_S", 5)

            assert "ethusd.trades" in await ranger.connection.subscribe(["ethusd.trades"])
    assert caplog.text == ""


async def test_a_connection_whose_subscriptions_are_not_acknowledged_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(CONSTANTS, "ACK_TIMEOUT_S", 0.05)
    async with ranger_and_server(acks=False) as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: len(server.clients) == 2)
            assert (ranger.lost, ranger.connected) == (1, 0)

            server.acks = True
            await eventually(lambda: ranger.connected)
        assert "did not acknowledge ['btcusd.trades']" in caplog.text
        assert {record.levelno for record in caplog.records} == {logging.ERROR}


def recorded_refusals() -> list[str]:
    """What Rango answered to messages it did not like."""
    texts = [line["raw"] for line in lines("rango-3.1.0/04_errors_and_odd_messages.jsonl") if line.get("op") == "text"]
    return sorted({text for text in texts if text.startswith('{"error"')})


@pytest.mark.parametrize("text", recorded_refusals())
async def test_a_refusal_is_told_to_who_subscribed(text: str, caplog: pytest.LogCaptureFixture) -> None:
    async with ranger_and_server() as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            server.acks = False
            async with running(ranger.connection.subscribe(["ethusd.trades"])) as subscription:
                await eventually(lambda: len(server.frames) == 2)
                await server.client.send(text)
                with pytest.raises(StreamError) as raised:
                    await subscription
            assert json.loads(text)["error"] in str(raised.value)
            assert caplog.text == ""


async def test_an_error_that_nobody_waits_for_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with ranger_and_server() as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            await server.client.send({"error": "Could not parse Type: Invalid event"})
            await server.client.send(TRADE)
            await eventually(lambda: ranger.messages == [TRADE])
    assert "reported an error: Could not parse Type: Invalid event" in caplog.text


# Messages and pings.


async def test_a_message_that_raises_costs_only_itself(caplog: pytest.LogCaptureFixture) -> None:
    async with ranger_and_server() as (ranger, server):

        def no_books(message: object) -> None:
            if message == SNAPSHOT:
                raise RuntimeError("no books, please")

        ranger.on_each = no_books
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            for message in (SNAPSHOT, {"success": {"streams": 5}}, TRADE):
                await server.client.send(message)
            await eventually(lambda: ranger.messages == [TRADE])
            assert (ranger.lost, len(server.clients)) == (0, 1)
    assert "no books, please" in caplog.text
    assert caplog.text.count("Unexpected error while handling a message of the exchange's websocket.") == 2


async def test_an_event_in_a_list_is_a_message_as_well() -> None:
    """So the oldest Ruby Rangers send them."""
    async with ranger_and_server() as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            (stream, payload), = TRADE.items()
            await server.client.send([stream, payload])
            await eventually(lambda: ranger.messages == [TRADE])


# The documented login by message, and its four documented answers (docs/protocol.md section 2).


async def test_a_token_that_is_taken(caplog: pytest.LogCaptureFixture) -> None:
    async with ranger_and_server() as (ranger, server), connected(ranger):
        await eventually(lambda: ranger.connected)
        server.acks = False
        login = asyncio.create_task(ranger.connection.log_in("Bearer t.o.ken"))
        await eventually(lambda: json.loads(server.frames[-1]) == {"jwt": "Bearer t.o.ken"})
        await server.client.send({"success": {"message": "Authenticated."}})
        assert await login


@pytest.mark.parametrize(
    "said",
    ["Authentication failed.", "Token type is not provided or invalid.", "Error while handling message."],
)
async def test_a_token_that_is_refused(said: str, caplog: pytest.LogCaptureFixture) -> None:
    async with ranger_and_server() as (ranger, server), connected(ranger):
        await eventually(lambda: ranger.connected)
        server.acks = False
        login = asyncio.create_task(ranger.connection.log_in("Bearer t.o.ken"))
        await eventually(lambda: "jwt" in server.frames[-1])
        await server.client.send({"error": {"message": said}})
        with pytest.raises(StreamError, match=said) as error:
            await login
        assert "t.o.ken" not in str(error.value) + caplog.text


async def test_a_token_that_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ranger_and_server() as (ranger, server), connected(ranger):
        await eventually(lambda: ranger.connected)
        server.acks = False
        monkeypatch.setattr(CONSTANTS, "ACK_TIMEOUT_S", 0.05)
        assert not await ranger.connection.log_in("Bearer t.o.ken")


async def test_text_lists_and_bytes_are_no_messages(caplog: pytest.LogCaptureFixture) -> None:
    async with ranger_and_server() as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            for message in ("hello", ["btcusd.trades"], [1, 2], 5, TRADE):
                await server.client.send(message)
            await server.client.socket.send_bytes(b"\x00")
            await server.client.send(INCREMENT)
            await eventually(lambda: ranger.messages == [TRADE, INCREMENT])
    assert caplog.text == ""


async def test_an_ack_without_streams_is_an_ack(caplog: pytest.LogCaptureFixture) -> None:
    async with ranger_and_server(acks=False) as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: server.frames)
            await server.client.send({"success": {"message": "subscribed"}})
            await eventually(lambda: ranger.connected)
            assert ranger.connection.streams == frozenset()

            await server.client.send({"success": "Authenticated."})
            await server.client.send(TRADE)
            await eventually(lambda: ranger.messages == [TRADE])
    assert caplog.text == ""


async def test_a_ping_goes_out_at_its_time_and_its_pong_is_nobodys_message() -> None:
    async with ranger_and_server() as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            ranger.sleeps.ping_time()
            await eventually(lambda: server.frames.count("ping") == 1)
            ranger.sleeps.ping_time()
            await eventually(lambda: server.frames.count("ping") == 2)
            await server.client.send(TRADE)
            await eventually(lambda: ranger.messages == [TRADE])
            assert ranger.lost == 0


async def test_the_servers_pings_are_answered() -> None:
    async with ranger_and_server() as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            await server.client.socket.ping(b"are you there?")
            await eventually(lambda: server.client.pongs == [b"are you there?"])
