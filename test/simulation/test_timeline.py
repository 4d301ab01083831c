"""Events become lines: who, when, which message, which await."""

from types import SimpleNamespace
from typing import Any

from simulation.events import Event
from simulation.monitors.violation import Property, Violation
from simulation.timeline import View, lines, picture


def packet(uid: int, src: str, dst: str, payload: bytes = b"", kind: str = "data", conn: int = 1) -> Any:
    return SimpleNamespace(uid=uid, src=src, dst=dst, payload=payload, kind=kind, conn=conn)


def net(at_s: float, verb: str, moved: Any, step: str = "") -> Event:
    return Event(at_s, "net", moved.src, f"{verb} {moved.src}>{moved.dst}", step, moved)


CONNECTS = packet(1, "bot.1", "exchange", kind="syn")
CREATE = packet(2, "bot.1", "exchange", b'POST /market/orders HTTP/1.1\r\n\r\n{"price": "0.414"}')
ANSWER = packet(3, "exchange", "bot.1", b'HTTP/1.1 201 Created\r\n\r\n{"id":414}')
OTHER = packet(4, "bot.2", "exchange", b"GET /market/orders/99 HTTP/1.1\r\n\r\n", conn=2)
CREATED = '{"kind":"created","client_order_id":"hbot-1","order_id":"414"}'
EVENTS = [
    net(1.0, "send", CONNECTS),
    net(1.1, "deliver", CONNECTS),
    Event(1.5, "run", "bot.1", "", "order hbot-1: _create at entry.py:7"),
    net(1.5, "send", CREATE, "order hbot-1: _create at entry.py:7"),
    net(1.6, "hold", CREATE),
    net(2.0, "release", CREATE),
    net(2.0, "send", CREATE),
    net(2.1, "deliver", CREATE),
    Event(2.5, "note", "world", "fault kill 1 at 2.500 s (steps=0)"),
    net(3.0, "send", ANSWER, "RequestHandler.start at web_protocol.py:5"),
    net(3.2, "lost", ANSWER),
    Event(3.3, "net", "", "crash bot.1"),
    Event(4.0, "note", "bot.1", CREATED, "order hbot-1: _create at entry.py:9"),
    Event(4.0, "log", "bot.1", "INFO Tracker: Created order hbot-1"),
    Event(5.0, "note", "world", "calm"),
    net(6.0, "send", OTHER, "status poll: _poll at poll.py:3"),
]


def shown(**view: Any) -> list[str]:
    return [" ".join(line.split()) for line in lines(EVENTS, View(**view))]


def test_everything_in_the_order_of_time() -> None:
    assert shown() == [
        "1.000000 bot.1 → exchange network connects #1 (arrives at 1.100)",
        '1.500000 bot.1 → exchange message POST /market/orders {"price": "0.414"} (arrives at 2.100)'
        " [order hbot-1: _create at entry.py:7]",
        "2.500000 world fault kill 1 at 2.500 s (steps=0)",
        '3.000000 exchange → bot.1 message 201 to POST /market/orders {"id":414} (lost at 3.200)'
        " [RequestHandler.start at web_protocol.py:5]",
        "3.300000 bot.1 crash",
        "4.000000 bot.1 event created client_order_id=hbot-1 order_id=414 [order hbot-1: _create at entry.py:9]",
        "4.000000 bot.1 log INFO Tracker: Created order hbot-1",
        "5.000000 world world calm",
        "6.000000 bot.2 → exchange message GET /market/orders/99 (still on its way at the end)"
        " [status poll: _poll at poll.py:3]",
    ]


def test_an_order_is_found_by_either_id_with_the_request_that_made_it_and_the_faults() -> None:
    everything = shown()
    found = [everything[index] for index in (1, 2, 3, 4, 5, 6)]
    assert shown(about=["414"]) == found
    assert shown(about=["hbot-1"]) == found
    assert shown(about=["99"]) == [everything[2], everything[4], everything[8]]


def test_a_part_of_another_number_is_no_order() -> None:
    assert not any("POST" in line for line in shown(about=["0", "41", "14"]))


def test_sequence_numbers_of_public_streams_are_no_orders() -> None:
    upgrade = packet(5, "bot.1", "exchange", b"GET /ranger/public HTTP/1.1\r\n\r\n", conn=3)
    switch = packet(6, "exchange", "bot.1", b"HTTP/1.1 101 Switching Protocols\r\n\r\n", conn=3)
    text = b'{"btcusd.ob-inc":{"sequence":414}}'
    frame = packet(7, "exchange", "bot.1", bytes([0x81, len(text)]) + text, conn=3)
    events = [net(float(number), "send", one) for number, one in enumerate((upgrade, switch, frame))]
    assert len(list(lines(events, View()))) == 3
    assert list(lines(events, View(about=["414"]))) == []


def test_hosts_and_times() -> None:
    assert all("bot.2" in line for line in shown(hosts=["bot.2"]))
    assert len(shown(hosts=["bot.2"])) == 1
    assert [line.split()[0] for line in shown(from_s=2.4, to_s=3.0)] == ["2.500000", "3.000000"]


def test_steps_only_where_they_are_asked_for() -> None:
    assert "1.500000 bot.1 step order hbot-1: _create at entry.py:7" in shown(has_steps=True)
    assert not any(" step " in line for line in shown())


def test_the_picture_has_a_lane_for_each_host() -> None:
    page = picture(EVENTS, View())
    assert page.lower().startswith("<!doctype html")
    assert all(host in page for host in ("bot.1", "bot.2", "exchange"))


def test_what_did_not_hold_stands_at_its_time() -> None:
    broken = Violation(Property.BOOKS, 2.7, "bot.1", "BTC-USD has an order too many")
    found = list(lines(EVENTS, View(from_s=2.5, to_s=3.0), [broken]))
    assert [line.split()[0] for line in found] == ["2.500000", "2.700000", "3.000000"]
    assert "broken  wrong books: BTC-USD has an order too many" in found[1]
