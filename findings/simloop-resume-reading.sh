#!/usr/bin/env bash
# simloop 0.2.2 (PyPI)
#
# Guess: a simulated transport hands over what has waited as asyncio's does: not inside `resume_reading()`, but in a
# later step of the loop.
# What happens: the protocol gets the data inside the call. `asyncio.StreamReader` resumes right before it begins to
# wait, so it waits for a wake-up that has been given already: a sender that filled the reader's buffer and then says
# nothing more has sent everything, and the reader does not return.
#
# Observed:
#   asyncio: data inside resume_reading(): False
#   asyncio: 300 of 300 bytes read
#   simloop: data inside resume_reading(): True
#   simloop: not read within 60 s
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv simloop==0.2.2

"$python" -I - <<'PYTHON' | check_observed
import asyncio

from simloop import SimLoop

SIZE, LIMIT = 300, 100


class Paused(asyncio.Protocol):
    """Reads nothing at first; notes whether data comes inside `resume_reading`."""

    def __init__(self) -> None:
        self.is_resuming = False
        self.inside: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.pause_reading()
        asyncio.get_running_loop().call_later(0.3, self.resume, transport)

    def resume(self, transport: asyncio.ReadTransport) -> None:
        self.is_resuming = True
        transport.resume_reading()
        self.is_resuming = False

    def data_received(self, data: bytes) -> None:
        if not self.inside.done():
            self.inside.set_result(self.is_resuming)


async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """In two pieces: the first fills the reader's buffer, the second waits."""
    writer.write(b"x" * (SIZE - 50))
    await asyncio.sleep(0.1)
    writer.write(b"x" * 50)
    await reader.read()
    writer.close()


async def serve(host: str) -> tuple[asyncio.Server, int]:
    server = await asyncio.start_server(send, host, 0 if host == "127.0.0.1" else 80)
    return server, server.sockets[0].getsockname()[1] if host == "127.0.0.1" else 80


async def observe(name: str, host: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_connection(Paused, host, port)
    print(f"{name}: data inside resume_reading():", await protocol.inside)
    transport.close()
    reader, writer = await asyncio.open_connection(host, port, limit=LIMIT)
    await asyncio.sleep(1.0)
    try:
        async with asyncio.timeout(60):
            print(f"{name}: {len(await reader.readexactly(SIZE))} of {SIZE} bytes read")
    except TimeoutError:
        print(f"{name}: not read within 60 s")
    writer.close()
    await asyncio.sleep(1.0)  # for the end of the other side


async def real() -> None:
    server, port = await serve("127.0.0.1")
    await observe("asyncio", "127.0.0.1", port)
    server.close()


async def simulated() -> None:
    _, port = await simloop.net.host("server").create_task(serve("server"))
    await simloop.net.host("client").create_task(observe("simloop", "server", port))


asyncio.run(real())
simloop = SimLoop(seed=1)
simloop.run_until_complete(simulated())
PYTHON
