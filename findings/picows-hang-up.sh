#!/usr/bin/env bash
# picows 2.3.1 (PyPI)
#
# Guess: `ws_connect` raises where the server ends the connection instead of answering the request for a websocket.
# What happens: it returns, with a transport that is disconnected and None in place of the listener, although its
# annotation promises a listener.
#
# Observed:
#   ws_connect returned a transport that is disconnected: True
#   the listener: None
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv --only-binary :all: picows==2.3.1

"$python" -I - <<'PYTHON' | check_observed
import asyncio

from picows import WSListener, ws_connect


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        transport, listener = await ws_connect(WSListener, f"ws://127.0.0.1:{port}/")
        print("ws_connect returned a transport that is disconnected:", transport.is_disconnected)
        print("the listener:", listener)


asyncio.run(main())
PYTHON
