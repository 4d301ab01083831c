"""`simulation.network`: what a kernel does for an application that writes."""

import asyncio
from contextvars import ContextVar

from simulation.events import EventLog
from simulation.loop import SimulatedLoop
from simulation.network import LATENCY_S, SEND_BUFFER_BYTES

PORT = 80


async def _send(loop: SimulatedLoop, chunk: bytes, count: int) -> tuple[float, float]:
    """Sends chunks, waiting after each for what the kernel does not take; when all were written, and when read."""
    read_at_s: asyncio.Future[float] = loop.create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(chunk) * count)
        read_at_s.set_result(loop.true_s)
        writer.close()

    async def write() -> tuple[float, float]:
        _, writer = await asyncio.open_connection("server", PORT)
        began_s = loop.true_s
        writer.transport.set_write_buffer_limits(high=0)
        for _ in range(count):
            writer.write(chunk)
            await writer.drain()
        written_s = loop.true_s - began_s
        read_s = await read_at_s - began_s
        writer.close()
        return written_s, read_s

    await loop.network.host("server").create_task(asyncio.start_server(serve, "server", PORT))
    times: tuple[float, float] = await loop.network.host("client").create_task(write())
    return times


def _run(chunk: bytes, count: int) -> tuple[float, float]:
    loop = SimulatedLoop(1, EventLog())
    times: tuple[float, float] = loop.run_until_complete(_send(loop, chunk, count))
    return times


def test_an_application_that_feels_every_byte_does_not_wait_for_what_the_kernel_takes() -> None:
    written_s, read_s = _run(b"message", 50)
    assert written_s == 0
    assert read_s < 10 * LATENCY_S[1]


def test_it_waits_once_the_kernel_is_full() -> None:
    written_s, _ = _run(bytes(SEND_BUFFER_BYTES // 2), 4)
    assert written_s >= LATENCY_S[0]


def test_a_bad_line_says_when_its_late_packets_arrive() -> None:
    """They may arrive long after the line is repaired, and what follows on the connection waits for them."""
    loop = SimulatedLoop(1, EventLog())
    late: list[float] = []
    loop.network.on_late = late.append
    _, read_s = loop.run_until_complete(_send(loop, b"message", 3))
    assert not late
    loop = SimulatedLoop(1, EventLog())
    loop.network.on_late = late.append
    loop.network.impair("client", "server", delay_s=30.0)
    _, read_s = loop.run_until_complete(_send(loop, b"message", 3))
    assert read_s > 1.0
    assert max(late) >= read_s


def test_what_arrives_is_handled_in_the_context_of_the_connection_not_of_the_sender() -> None:
    """An exchange sends to one client what the request of another one led to."""
    who: ContextVar[str] = ContextVar("who", default="nobody")
    loop = SimulatedLoop(1, EventLog())
    heard: list[str] = []

    class Client(asyncio.Protocol):
        def data_received(self, data: bytes) -> None:
            heard.append(who.get())

    async def run() -> None:
        writers: list[asyncio.StreamWriter] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers.append(writer)
            await reader.read()

        async def connect(name: str) -> None:
            who.set(name)
            await asyncio.get_running_loop().create_connection(Client, "server", PORT)

        async def tell_both(name: str) -> None:
            who.set(name)
            for writer in writers:
                writer.write(b"message")

        server, client = loop.network.host("server"), loop.network.host("client")
        await server.create_task(asyncio.start_server(serve, "server", PORT))
        for name in ("first", "second"):
            await client.create_task(connect(name))
        await asyncio.sleep(1)
        await server.create_task(tell_both("first"))
        await asyncio.sleep(1)

    loop.run_until_complete(run())
    assert sorted(heard) == ["first", "second"]
