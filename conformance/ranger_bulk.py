"""The recordings that are compared by figures instead of frame by frame: 09a, 09b and 17.

Each function does what its recording's notes say was done, and compares with what they say came of it.
"""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

from conformance.ranger_client import RawClient, Seen
from conformance.ranger_notes import Event
from conformance.ranger_recording import notes_matching, read_lines, seen_of_line
from conformance.ranger_runner import TIMEOUT_S, Outcome, differences_of, running_server
from conformance.ranger_tokens import Clock, TokenMint
from peatio_sandbox.ranger.standalone import RangerServer

# Published in one go while the peer is known to follow; far fewer than a connection's queue holds.
_BURST = 100
_SLOW_READER_BUFFER_BYTES = 4096
_LONG_TIMEOUT_S = 60.0


async def _connect(server: RangerServer, target: str, **headers: str) -> RawClient:
    """A websocket that reads."""
    client = await RawClient.websocket(server.host, server.port, target, headers)
    client.start_reading()
    return client


def _publish(server: RangerServer, event: Event) -> None:
    server.ranger.publish(event.routing_key, event.payload)


async def replay_long_books(path: Path, clock: Clock, mint: TokenMint) -> list[Outcome]:
    """09a: subscriptions to a book with more and more stored increments, by URL and by message."""
    lines = read_lines(path)
    ends = {line["conn"]: seen_of_line(line) for line in lines if line.get("op") == "tcp-end"}
    outcomes: list[Outcome] = []
    async with running_server(clock, mint, "09a") as server:
        for note in notes_matching(lines, "store = snapshot + "):
            count = int(note.split()[4])
            _store_book(server, count)
            for way in ("url", "sub"):
                name = f"{way}{count}"
                recorded = next(notes_matching(lines, f"{name}: "))
                outcome = Outcome(f"09a#{len(outcomes) + 1}", f"{name}: {count} stored increments")
                outcome.differences += await _subscribe_to_book(server, way, recorded, ends[name])
                outcomes.append(outcome)
    return outcomes


def _store_book(server: RangerServer, increments: int) -> None:
    asks = [["30010.0", "0.5"], ["30020.0", "1.0"], ["30030.0", "1.5"]]
    _publish(server, Event("public.bigusd.ob-snap", {"asks": asks, "bids": [], "sequence": 1}))
    for sequence in range(2, increments + 2):
        _publish(server, Event("public.bigusd.ob-inc", {"asks": ["30010.0", "1.0"], "sequence": sequence}))


async def _subscribe_to_book(server: RangerServer, way: str, recorded: str, end: Seen) -> list[str]:
    """Subscribe, look, close; compare with the note on it and with the recorded end."""
    target = "/public?stream=bigusd.ob-inc" if way == "url" else "/public"
    client = await _connect(server, target)
    if way == "sub":
        await client.wait_seen(1, TIMEOUT_S)
        client.send("text", b'{"event":"subscribe","streams":["bigusd.ob-inc"]}')
    await client.fence(TIMEOUT_S)
    texts, was_closed = client.texts, not client.is_open
    if client.is_open:
        client.send("close", b"\x03\xe8")
    await client.wait_seen(len(client.seen) + 2, TIMEOUT_S)
    await client.close_socket()
    match = re.fullmatch(r"\w+: text messages=(\d+)(?: first=(.*))? last=(.*) closed=(\w+)", recorded)
    if match is None:
        return [f"note not understood: {recorded}"]
    count, first, last, closed = match.groups()
    if (len(texts), str(was_closed)) != (int(count), closed):
        return [f"expected {count} messages, closed={closed}; got {len(texts)}, closed={was_closed}"]
    found = []
    for position, beginning in ((0, first), (-1, last)):
        text = texts[position] if texts else "None"
        if beginning is not None and not text.startswith(beginning):
            found.append(f"expected a message {beginning}..., got {text}")
    return found + differences_of("end", [end], client.seen_and_counted[-1:])


async def replay_slow_reader(path: Path, clock: Clock, mint: TokenMint) -> list[Outcome]:
    """09b: of two subscribers one stops reading and is cut off, the other gets everything.

    How much the slow one gets before its end depends on the kernels' buffers and is not compared.
    """
    lines = read_lines(path)
    note = next(notes_matching(lines, "slow: stops reading"))
    count = int(next(iter(re.findall(r"publishing (\d+) trades", note))))
    healthy_count = int(next(iter(re.findall(r"healthy received (\d+)", json.dumps(lines)))))
    async with running_server(clock, mint, "09b") as server:
        target = "/public?stream=fastusd.trades"
        slow = await RawClient.websocket(
            server.host, server.port, target, receive_buffer_bytes=_SLOW_READER_BUFFER_BYTES
        )
        healthy = await _connect(server, target)
        for number in range(count):
            _publish(server, _trade(number))
            if number % _BURST == 0:
                await healthy.fence(TIMEOUT_S)
        await healthy.fence(TIMEOUT_S)
        slow.start_reading()
        await slow.wait_seen(count + 2, _LONG_TIMEOUT_S)
        is_healthy = healthy.is_open
        for client in (slow, healthy):
            await client.close_socket()
    return [
        Outcome("09b#1", "a subscriber that does not read", _cut_off_differences(slow, count)),
        Outcome(
            "09b#2",
            "a subscriber that reads",
            [] if is_healthy and len(healthy.texts) == healthy_count else ["did not get everything"],
        ),
    ]


def _trade(number: int) -> Event:
    trade = {"tid": number, "taker_type": "buy", "date": 1795202999, "price": "30010.0", "amount": "0.25"}
    return Event("public.fastusd.trades", {"trades": [trade]})


def _cut_off_differences(slow: RawClient, published: int) -> list[str]:
    texts = slow.texts
    numbers = [json.loads(text)["fastusd.trades"]["trades"][0]["tid"] for text in texts[1:]]
    found = []
    if any(seen.operation == "close" for seen in slow.seen) or slow.seen[-1] != Seen("tcp-end"):
        found.append("expected the end of TCP without a close frame")
    if numbers != list(range(len(numbers))) or not 0 < len(numbers) < published:
        found.append(f"expected the beginning of what was published, got {len(numbers)} of {published}")
    return found


async def replay_broker_loss(path: Path, clock: Clock, mint: TokenMint) -> list[Outcome]:
    """17: RabbitMQ closes Rango's connections, first the one for public events, then the private one."""
    lines = read_lines(path)
    frames = [seen_of_line(line) for line in lines if line["dir"] == "recv" and "op" in line]
    opening, stream, ending = frames[:2], frames[2:-3], frames[-3:]
    figures = next(notes_matching(lines, "ob-inc received"))
    last_sequence = int(next(notes_matching(lines, "publisher stopped")).split()[-1])
    async with running_server(clock, mint, "17") as server:
        _publish(server, Event("public.btcusd.ob-snap", json.loads(opening[0].text)["btcusd.ob-snap"]))
        client = await _connect(
            server,
            "/private?stream=btcusd.ob-inc,btcusd.trades,order",
            Authorization=f"Bearer {mint.token('c1', '')}",
        )
        await client.fence(TIMEOUT_S)
        at_first = list(client.seen)
        for sequence in range(2, last_sequence + 1):
            _publish_in_storm(server, sequence)
            if sequence % _BURST == 0:
                await client.fence(TIMEOUT_S)
        await client.fence(TIMEOUT_S)
        after_storm = list(client.seen)
        got_figures = _figures(client, last_sequence)
        await _subscribe_and_close(client, len(ending))
    at_end = client.seen_and_counted[len(after_storm) :]
    return [
        Outcome("17#1", "connects", differences_of("c1", opening, at_first)),
        Outcome("17#2", "events before the loss", _storm_differences(stream, after_storm)),
        Outcome(
            "17#3",
            "RabbitMQ lost and back",
            [] if got_figures == figures else [f"expected {figures}; got {got_figures}"],
        ),
        Outcome("17#4", "subscribes after the loss", differences_of("c1", ending, at_end)),
    ]


async def _subscribe_and_close(client: RawClient, frames: int) -> None:
    """Subscribe once more, then close; return after `frames` more frames, the end counting as one."""
    expected = len(client.seen) + frames
    client.send("text", b'{"event":"subscribe","streams":["btcusd.trades"]}')
    await client.fence(TIMEOUT_S)
    client.send("close", b"\x03\xe8")
    await client.wait_seen(expected, TIMEOUT_S)
    await client.close_socket()


def _publish_in_storm(server: RangerServer, sequence: int) -> None:
    """The events of one moment; each of the two losses took one of them (as the note on them tells)."""
    server.ranger.broker_connected = sequence != 310
    _publish(server, Event("public.btcusd.ob-inc", {"asks": ["30010.0", "1.0"], "sequence": sequence}))
    server.ranger.broker_connected = sequence != 395
    if sequence % 5 == 0:
        _publish(server, _order(sequence))
    server.ranger.broker_connected = True


def _order(number: int) -> Event:
    order = {
        "id": number,
        "market": "btcusd",
        "kind": "bid",
        "side": "buy",
        "ord_type": "limit",
        "price": "30010.0",
        "avg_price": "0.0",
        "state": "wait",
        "origin_volume": "1.0",
        "remaining_volume": "1.0",
        "executed_volume": "0.0",
        "at": 0,
        "created_at": 0,
        "updated_at": 0,
        "trades_count": 0,
    }
    return Event("private.IDABC0000001.order", order)


def _storm_differences(expected: list[Seen], got: list[Seen]) -> list[str]:
    """Public and private events reach Rango on two ways and have no mutual order: compared one by one."""
    found = []
    for stream in ("btcusd.ob-inc", "order"):
        wanted = [seen for seen in _timeless(expected) if seen.text.startswith(f'{{"{stream}"')]
        came = [seen for seen in _timeless(got) if seen.text.startswith(f'{{"{stream}"')]
        found += differences_of(stream, wanted, came[: len(wanted)])
    return found


def _timeless(frames: list[Seen]) -> list[Seen]:
    """Frames with the orders' epoch seconds set to zero: the replay's orders have no time."""
    pattern = r'"((?:created_|updated_)?at)":\d+'
    return [Seen(seen.operation, re.sub(pattern, r'"\1":0', seen.text), seen.code) for seen in frames]


def _figures(client: RawClient, last_sequence: int) -> str:
    """What the recorder noted at the end, in its words."""
    bodies: list[dict[str, Any]] = [json.loads(text) for text in client.texts]
    sequences = [body["btcusd.ob-inc"]["sequence"] for body in bodies if "btcusd.ob-inc" in body]
    orders = {body["order"]["id"] for body in bodies if "order" in body}
    gaps = [(one, other) for one, other in pairwise(sequences) if other != one + 1]
    missing = [number for number in range(5, last_sequence + 1, 5) if number not in orders]
    return (
        f"ob-inc received {len(sequences)}, gaps (last ok -> next received): {gaps}; "
        f"order ids missing: {missing}; ws still open: {client.is_open}"
    )
