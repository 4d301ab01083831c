#!/usr/bin/env bash
# picows 2.3.1 (PyPI), aiohttp 3.13.5 beside it
#
# Guess: whoever cancels the opening of a websocket, or gives it up after a time of their own, leaves no connection.
# What happens: with picows the connection stays open until `websocket_handshake_timeout` (5 seconds; None: for as long
# as the server likes), and nobody holds it any more; with aiohttp it is closed.
#
# Observed:
#   aiohttp: the server sees the end within a second: True
#   picows: the server sees the end within a second: False
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv --only-binary :all: picows==2.3.1 aiohttp==3.13.5

"$python" -I - <<'PYTHON' | check_observed
import asyncio

import aiohttp
from picows import WSListener, ws_connect

ended = asyncio.Event()


async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    await reader.read()
    ended.set()
    writer.close()


async def is_closed() -> bool:
    try:
        await asyncio.wait_for(ended.wait(), 1.0)
    except TimeoutError:
        return False
    return True


async def main() -> None:
    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with aiohttp.ClientSession() as session:
            try:
                await asyncio.wait_for(session.ws_connect(url), 0.2)
            except TimeoutError:
                print("aiohttp: the server sees the end within a second:", await is_closed())
        ended.clear()
        try:
            await asyncio.wait_for(ws_connect(WSListener, url, websocket_handshake_timeout=3.0), 0.2)
        except TimeoutError:
            print("picows: the server sees the end within a second:", await is_closed())
        await ended.wait()


asyncio.run(main())
PYTHON
