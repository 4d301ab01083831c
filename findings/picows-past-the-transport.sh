#!/usr/bin/env bash
# picows 2.3.1 (PyPI)
#
# Guess: what picows sends goes through the asyncio transport that the loop made, as asyncio's protocols do, so that a
# transport of one's own (a count of bytes, a simulated network) sees it.
# What happens: the request for the websocket does; every frame after it is written to the file number of the
# transport's socket, and comes to `write` only where that is refused, or with TLS.
#
# Observed:
#   writes of the transport while connecting: 1
#   writes of the transport for three texts: 0
#   the server got: 3
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv --only-binary :all: picows==2.3.1

"$python" -I - <<'PYTHON' | check_observed
import asyncio
from asyncio import selector_events

from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_connect, ws_create_server

writes: list[str] = []
got: list[str] = []
_Transport = selector_events._SelectorSocketTransport
_write = _Transport.write


def counting(self: _Transport, data: bytes) -> None:
    if self.get_extra_info("peername") == address:
        writes.append("write")
    _write(self, data)


class Server(WSListener):
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            got.append(frame.get_payload_as_utf8_text())


def accept(request: WSUpgradeRequest) -> Server:
    return Server()


async def main() -> None:
    global address
    server = await ws_create_server(accept, "127.0.0.1", 0, use_aiofastnet=False)
    address = server.sockets[0].getsockname()
    _Transport.write = counting
    transport, _ = await ws_connect(WSListener, f"ws://127.0.0.1:{address[1]}/", use_aiofastnet=False)
    print("writes of the transport while connecting:", len(writes))
    writes.clear()
    for text in ("one", "two", "three"):
        transport.send(WSMsgType.TEXT, text)
    while len(got) < 3:
        await asyncio.sleep(0.01)
    print("writes of the transport for three texts:", len(writes))
    print("the server got:", len(got))
    transport.disconnect()
    await transport.wait_disconnected()
    server.close()


asyncio.run(main())
PYTHON
