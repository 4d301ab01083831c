#!/usr/bin/env bash
# picows 2.3.1 (PyPI)
#
# Guess: of the frames that one read of the socket brings, the listener sees one with `last_in_buffer` set, so that
# there is a place to finish what they have in common.
# What happens: where the last one is a ping, none has it: with `enable_auto_pong`, the default, picows answers pings
# without showing them.
#
# Observed:
#   text, text: [False, True]
#   text, text, ping: [False, False]
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv --only-binary :all: picows==2.3.1

"$python" -I - <<'PYTHON' | check_observed
import asyncio
import base64
import hashlib

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

TEXT, PING = b"\x81\x02{}", b"\x89\x00"
seen: list[bool] = []


class Listener(WSListener):
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            seen.append(bool(frame.last_in_buffer))


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    key = next(line.split(": ")[1] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key"))
    digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    accept = base64.b64encode(digest).decode()
    writer.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
    )
    await asyncio.sleep(0.2)
    writer.write(TEXT + TEXT)
    await asyncio.sleep(0.2)
    writer.write(TEXT + TEXT + PING)
    await reader.read()
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        transport, _ = await ws_connect(Listener, f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        for name in ("text, text", "text, text, ping"):
            while len(seen) < 2:
                await asyncio.sleep(0.01)
            print(f"{name}:", seen)
            seen.clear()
        transport.disconnect()
        await transport.wait_disconnected()


asyncio.run(main())
PYTHON
