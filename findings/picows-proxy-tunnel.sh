#!/usr/bin/env bash
# picows 2.3.1 (PyPI), aiohttp 3.13.5 beside it
#
# Guess: through an HTTP proxy a websocket without TLS is asked for as any plain request is, with its whole URL.
# What happens: picows asks for a tunnel (CONNECT) to port 80, which many proxies allow to port 443 only; aiohttp asks
# with the URL. A refusal's status can be read from the error's text alone.
#
# Observed:
#   aiohttp: GET ws://exchange.invalid/public
#   picows: CONNECT exchange.invalid:80
#   picows on a refusal: ProxyError HTTP proxy rejected connection with status 403
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv --only-binary :all: picows==2.3.1 aiohttp==3.13.5

"$python" -I - <<'PYTHON' | check_observed
import asyncio

import aiohttp
from picows import WSListener, ws_connect

asked: list[str] = []


async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    asked.append(head.decode().split(" HTTP/")[0])
    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        proxy = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with aiohttp.ClientSession() as session:
            try:
                await session.ws_connect("ws://exchange.invalid/public", proxy=proxy)
            except aiohttp.ClientError:
                print("aiohttp:", asked.pop())
        try:
            await ws_connect(WSListener, "ws://exchange.invalid/public", proxy=proxy)
        except Exception as error:
            print("picows:", asked.pop())
            print("picows on a refusal:", type(error).__name__, error)


asyncio.run(main())
PYTHON
