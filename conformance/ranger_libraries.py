"""Recording 18: what the client libraries aiohttp and websockets make of Rango's behaviour.

Needs the package websockets beside aiohttp.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
from websockets.asyncio.client import connect as websockets_connect
from websockets.exceptions import WebSocketException

from conformance.ranger_recording import read_lines
from conformance.ranger_runner import Outcome, running_server
from conformance.ranger_tokens import Clock, TokenMint

_STREAMS = ("btcusd.trades", "global.tickers")
_TOO_LONG = "x" * 600
_MORE_THAN_THE_QUEUE = 300


async def replay_libraries(path: Path, clock: Clock, mint: TokenMint) -> list[Outcome]:
    """Do what each note names and compare with what it says came of it, word for word."""
    outcomes: list[Outcome] = []
    async with running_server(clock, mint, "18") as server:
        server.ranger.publish("public.bigusd.ob-snap", {"asks": [], "bids": [], "sequence": 1})
        for sequence in range(2, _MORE_THAN_THE_QUEUE):
            server.ranger.publish("public.bigusd.ob-inc", {"asks": ["1.0", "1.0"], "sequence": sequence})
        attempts = _attempts(f"ws://{server.host}:{server.port}", mint)
        for line in read_lines(path):
            name, _, expected = line["text"].partition(": ")
            got = await attempts[name]() if name in attempts else "nothing: it is not known what was done"
            outcome = Outcome(f"18#{len(outcomes) + 1}", name)
            if got != expected:
                outcome.differences.append(f"expected {expected}, got {got}")
            outcomes.append(outcome)
    return outcomes


def _attempts(url: str, mint: TokenMint) -> dict[str, Callable[[], Awaitable[str]]]:
    """What was done, by the name it has in the recording."""
    public, private = f"{url}/public", f"{url}/private"
    expired = {"Authorization": f"Bearer {mint.token('', 'expired 1h ago')}"}
    pairs = [("stream", stream) for stream in _STREAMS]
    return {
        "aiohttp comma in url": lambda: _aiohttp_first(f"{public}?stream={','.join(_STREAMS)}", []),
        "aiohttp params list": lambda: _aiohttp_first(public, pairs),
        "aiohttp params comma": lambda: _aiohttp_first(public, [("stream", ",".join(_STREAMS))]),
        "aiohttp ob-inc with >255 stored increments": lambda: _aiohttp_first(public, [("stream", "bigusd.ob-inc")]),
        "aiohttp no token": lambda: _aiohttp_refused(private, {}),
        "aiohttp expired": lambda: _aiohttp_refused(private, expired),
        "aiohttp >512 bytes": lambda: _aiohttp_too_long(public),
        "websockets >512 bytes": lambda: _websockets_error(public),
        "websockets no token": lambda: _websockets_error(private),
    }


async def _aiohttp_first(url: str, parameters: list[tuple[str, str]]) -> str:
    async with aiohttp.ClientSession() as session, session.ws_connect(url, params=parameters) as websocket:
        message = await websocket.receive()
        return f"{message.type.name} {message.data} close_code={websocket.close_code}"


async def _aiohttp_refused(url: str, headers: dict[str, str]) -> str:
    async with aiohttp.ClientSession() as session:
        try:
            async with session.ws_connect(url, headers=headers):
                return "accepted"
        except aiohttp.WSServerHandshakeError as error:
            return f"WSServerHandshakeError status={error.status} message={error.message!r}"


async def _aiohttp_too_long(url: str) -> str:
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as websocket:
        await websocket.receive()
        await websocket.send_str(_TOO_LONG)
        message = await websocket.receive()
        return f"{message.type.name} data={message.data} close_code={websocket.close_code} exc={websocket.exception()}"


async def _websockets_error(url: str) -> str:
    try:
        async with websockets_connect(url) as websocket:
            await websocket.recv()
            await websocket.send(_TOO_LONG)
            return f"received {await websocket.recv()!r}"
    except WebSocketException as error:
        return f"{type(error).__name__}: {error}"
