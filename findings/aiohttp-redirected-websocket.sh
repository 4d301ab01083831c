#!/usr/bin/env bash
# aiohttp 3.13.5
#
# Guess: ws_connect connects to the address that it is given, or fails; and what a redirect must not carry to another
# host (the login) is left out.
# What happens: ws_connect follows a redirect of its upgrade request, to another host too, and has no parameter against
# it. Of the headers only Authorization (and cookies) are left out there; a login in headers of its own, as exchanges
# have it, arrives at the other host.
#
# Observed:
#   asked: ws://127.0.0.1/private
#   connected: True
#   the other host got: X-Auth-Signature=signature
#   it did not get: Authorization
#   ws_connect has allow_redirects: False
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv --constraint "$pins" aiohttp==3.13.5

cat >redirected_websocket.py <<'PYTHON'
import asyncio
import inspect

import aiohttp
from aiohttp import web

LOGIN = {"X-Auth-Signature": "signature", "Authorization": "Bearer token"}
arrived: list[web.Request] = []


async def elsewhere(request: web.Request) -> web.WebSocketResponse:
    arrived.append(request)
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.close()
    return socket


async def serve(host: str, handler) -> int:
    app = web.Application()
    app.router.add_get("/private", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, host, 0).start()
    return runner.addresses[0][1]


async def main() -> None:
    port = await serve("127.0.0.2", elsewhere)

    async def moved(request: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently(f"http://127.0.0.2:{port}/private")

    first = await serve("127.0.0.1", moved)
    async with aiohttp.ClientSession() as session:
        socket = await session.ws_connect(f"ws://127.0.0.1:{first}/private", headers=LOGIN)
        print("asked: ws://127.0.0.1/private")
        print("connected:", socket.get_extra_info("peername")[0] == "127.0.0.2")
        await socket.close()
    (request,) = arrived
    print("the other host got:", *(f"{name}={request.headers[name]}" for name in LOGIN if name in request.headers))
    print("it did not get:", *(name for name in LOGIN if name not in request.headers))
    parameters = inspect.signature(aiohttp.ClientSession._ws_connect).parameters
    print("ws_connect has allow_redirects:", "allow_redirects" in parameters)


asyncio.run(main())
PYTHON

"$python" -I redirected_websocket.py | check_observed
