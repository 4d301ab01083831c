"""bitzlato's `cancel_on_close`: what the end of a private websocket does to its member's orders."""

from __future__ import annotations

from dataclasses import replace

import pytest

from test.patience import eventually
from test.peatio_sandbox.dialect_support import QUICK, World, world

PRIVATE = "/api/v2/ranger/private"


def states(opened: World, member: str) -> list[str]:
    return [order.state for order in opened.sandbox.orders(member)]


async def connect_and_go(opened: World, query: str) -> None:
    """A member's connection with some orders resting, and its end."""
    maker = opened.trader("maker")
    async with opened.session.ws_connect(
        f"{opened.sandbox.url}{PRIVATE}{query}", headers=maker.headers()
    ) as socket:
        await socket.receive()  # the first acknowledgement
        await maker.placed("sell", "0.1", "30000")
        await maker.placed("buy", "0.1", "29000")
        await opened.trader("taker").placed("buy", "0.1", "28000")
    await eventually(lambda: opened.sandbox.ranger.connection_count == 0)
    await opened.sandbox.settle()


@pytest.mark.parametrize(
    ("dialect", "query", "left"),
    [
        ("bitzlato", "?cancel_on_close=1", "cancel"),
        ("bitzlato", "?stream=order&cancel_on_close=true", "cancel"),
        ("bitzlato", "?cancel_on_close=0", "wait"),
        ("bitzlato", "?cancel_on_close=yes", "wait"),
        ("bitzlato", "", "wait"),
        ("peatio-3.1", "?cancel_on_close=1", "wait"),
    ],
)
async def test_the_members_orders_end_with_the_connection_that_wished_so(dialect: str, query: str, left: str) -> None:
    async with world(replace(QUICK, dialect=dialect)) as opened:
        await connect_and_go(opened, query)
        assert states(opened, "maker") == [left, left]
        assert states(opened, "taker") == ["wait"], "others' orders stay"


@pytest.mark.parametrize("how", ["the broker is away", "Rango dies"])
async def test_nothing_is_cancelled_where_rango_cannot_tell(how: str) -> None:
    async with world(replace(QUICK, dialect="bitzlato")) as opened:
        maker = opened.trader("maker")
        ranger = opened.sandbox.ranger
        url = f"{opened.sandbox.url}{PRIVATE}?cancel_on_close=1"
        async with opened.session.ws_connect(url, headers=maker.headers()) as socket:
            await socket.receive()
            await maker.placed("sell", "0.1", "30000")
            if how == "Rango dies":
                ranger.restart()
            else:
                ranger.broker_connected = False
        await eventually(lambda: ranger.connection_count == 0)
        await opened.sandbox.settle()
        assert states(opened, "maker") == ["wait"]
