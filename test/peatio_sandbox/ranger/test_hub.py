"""The routing table alone."""

from __future__ import annotations

import logging

import pytest

from peatio_sandbox.ranger.hub import Hub, framed
from peatio_sandbox.ranger.messages import Request


class Listener:
    """A subscriber that keeps what it is sent."""

    def __init__(self, uid: str = "", role: str = "") -> None:
        self.uid = uid
        self.role = role
        self.public_streams: list[str] = []
        self.private_streams: list[str] = []
        self.got: list[bytes] = []

    def send(self, frames: bytes) -> None:
        self.got.append(frames)

    def taken(self) -> list[bytes]:
        got, self.got = self.got, []
        return got


@pytest.fixture
def hub() -> Hub:
    return Hub({"admin": ("admin",)})


def _subscribe(hub: Hub, listener: Listener, *streams: str) -> list[bytes]:
    hub.handle(listener, Request("subscribe", streams))
    return listener.taken()


def _unsubscribe(hub: Hub, listener: Listener, *streams: str) -> None:
    hub.handle(listener, Request("unsubscribe", streams))
    listener.taken()


def _ack(*streams: str) -> bytes:
    names = ",".join(f'"{stream}"' for stream in streams)
    return framed(f'{{"success":{{"message":"subscribed","streams":[{names}]}}}}')


def test_public_streams_stand_before_private_ones_in_the_ack(hub: Hub) -> None:
    listener = Listener("ID1")
    assert _subscribe(hub, listener, "order", "a.trades", "trade", "b.trades") == [
        _ack("a.trades", "b.trades", "order", "trade")
    ]


def test_a_snapshot_replaces_what_was_stored(hub: Hub) -> None:
    hub.route("public.a.ob-snap", {"sequence": 1})
    hub.route("public.a.ob-inc", {"sequence": 2})
    hub.route("public.a.ob-snap", {"sequence": 2})
    hub.route("public.b.ob-snap", {"sequence": 7})
    assert _subscribe(hub, Listener(), "a.ob-inc") == [framed('{"a.ob-snap":{"sequence":2}}'), _ack("a.ob-inc")]


def test_an_increment_before_the_first_snapshot_is_dropped(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    listener = Listener()
    _subscribe(hub, listener, "a.ob-inc")
    with caplog.at_level(logging.WARNING):
        hub.route("public.a.ob-inc", {"sequence": 1})
    assert listener.taken() == []
    assert "no snapshot before the increment of a.ob-inc" in caplog.text


@pytest.mark.parametrize("key", ["public", "public.a.b.c", ""])
def test_other_routing_keys_are_dropped(hub: Hub, key: str) -> None:
    listener = Listener()
    _subscribe(hub, listener, "public.a.b.c", "a.b", "a.b.c.d")
    listener.taken()
    hub.route(key, {})
    assert listener.taken() == []


def test_private_events_reach_all_connections_of_their_member_and_no_other(hub: Hub) -> None:
    mine, mine_too, other, anonymous = Listener("ID1"), Listener("ID1"), Listener("ID2"), Listener()
    for listener in (mine, mine_too, other, anonymous):
        _subscribe(hub, listener, "order")
    hub.route("private.ID1.order", {"id": 1})
    assert [bool(listener.taken()) for listener in (mine, mine_too, other, anonymous)] == [True, True, False, False]


def test_prefixed_streams_need_a_role(hub: Hub) -> None:
    admin, member = Listener("ID1", "admin"), Listener("ID2", "member")
    assert _subscribe(hub, admin, "admin.a.sys") == [_ack("admin.a.sys")]
    assert _subscribe(hub, member, "admin.a.sys") == [
        framed('{"success":{"message":"cannot subscribe to admin.a.sys"}}'),
        _ack(),
    ]
    hub.route("admin.a.sys", {"x": 1})
    assert admin.taken() == [framed('{"a.sys":{"x":1}}')]
    assert member.taken() == []


def test_who_left_or_was_dropped_gets_nothing(hub: Hub) -> None:
    leaving, dropped = Listener("ID1", "admin"), Listener("ID1", "admin")
    for listener in (leaving, dropped):
        _subscribe(hub, listener, "a.trades", "order", "admin.a.sys")
    _unsubscribe(hub, leaving, "a.trades", "order", "never.had")
    hub.drop(dropped)
    for key in ("public.a.trades", "private.ID1.order", "admin.a.sys"):
        hub.route(key, {})
    assert leaving.taken() == [framed('{"a.sys":{}}')]
    assert dropped.taken() == []
