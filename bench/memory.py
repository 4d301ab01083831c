"""What one more market takes, and what stays after half an hour of messages."""

import asyncio
import ctypes
import gc
import time
from pathlib import Path

from bench import wire
from bench.server import ServerOptions
from bench.subjects import running_connector, until

#: Changes of each market after its snapshot: Hummingbot's own tracker keeps the last 32.
CHANGES = 40


def measure_markets(subject: str, markets: int, levels: int) -> dict[str, float]:
    """
    :param markets: how many are added to a connector that follows one
    :param levels: of each side
    """
    return {"kb_per_market": asyncio.run(_kb_per_market(subject, markets, levels))}


def measure_growth(subject: str, per_second: int, seconds: float) -> dict[str, float]:
    """:param per_second: public messages, one in 25 a trade"""
    return asyncio.run(_growth(subject, per_second, seconds))


async def _kb_per_market(subject: str, markets: int, levels: int) -> float:
    options = ServerOptions(markets=markets + 1, levels=levels, replayed=CHANGES)
    async with running_connector(subject, options, trading=False, pairs=1) as (connector, _):
        await until(lambda: connector.order_book_tracker.ready, "the first book is ready")
        _, *added = wire.trading_pairs(markets + 1)
        # The first one's buffers and caches count for nobody.
        await connector.add_trading_pair(added.pop(0))
        before_kb = _resident_kb()
        for pair in added:
            if not await connector.add_trading_pair(pair):
                raise RuntimeError(f"{pair} could not be added")
        await until(
            lambda: all(
                book.last_diff_uid - book.snapshot_uid >= CHANGES for book in connector.order_books.values()
            ),
            "all have changed",
        )
        top = wire.top_after(levels, list(wire.changes(CHANGES, levels)))
        for pair, book in connector.order_books.items():
            if (book.get_price(False), book.get_price(True)) != top:
                raise RuntimeError(f"the book of {pair} is wrong")
        return (_resident_kb() - before_kb) / len(added)


async def _growth(subject: str, per_second: int, seconds: float) -> dict[str, float]:
    async with running_connector(subject, ServerOptions()) as (connector, server):
        await until(lambda: connector.ready, "the connector is ready")
        before_kb = _resident_kb()
        began_s = time.process_time()
        server.command(f"flow {per_second}")
        await asyncio.sleep(seconds)
        took_s = time.process_time() - began_s
        resident_kb = _resident_kb()
        metrics = connector.order_book_tracker.metrics
        handled = metrics.total_diffs_processed + metrics.total_trades_processed
        if handled < per_second * seconds * 0.9:
            raise RuntimeError(f"only {handled} messages were handled in {seconds:.0f} s")
        return {
            "growth_mb": (resident_kb - before_kb) / 1024,
            "resident_mb": resident_kb / 1024,
            "messages_per_s": handled / seconds,
            "cpu_us": took_s / handled * 1e6,
        }


def _resident_kb() -> float:
    """The memory of this process that is in use: what the allocator keeps for later is given back first (Linux)."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return float(line.split()[1])
    raise RuntimeError("the kernel does not tell the resident memory")
