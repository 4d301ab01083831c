"""`simulation.network`: what a kernel does for an application that writes."""

import asyncio

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
