"""What the order journal costs: all that is written for one order, on a real file."""

import logging
import sqlite3
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.connector.exchange.peatio.execution.intent import Intent
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.journal_file import JournalFile

from bench import wire
from test.journals import FORM_1

ACCOUNT = "account"
RATES = FeeRates(Decimal("0.001"), Decimal("0.002"))


def measure(subject: str, orders: int, open_orders: int) -> dict[str, float]:
    """:param open_orders: how many the journal holds meanwhile"""
    with _folder() as path, _journal(path, subject) as journal:
        _leave_open(journal, open_orders)
        taken_s = [sum(_writes_s(journal, number)) for number in range(orders)]
    return {"journal_ms": statistics.median(taken_s) * 1e3, "slowest_ms": max(taken_s) * 1e3}


def measure_rows(subject: str, orders: int, open_orders: int, closed: Mapping[str, int]) -> dict[str, float]:
    """For how long a placement's slowest write, or one look-up, blocks the event loop.

    :param closed: by name, how many closed orders are in the file: half in the history, and half where a version
        before it left them, from where they move while this measures
    """
    figures = {}
    for name, count in closed.items():
        with _folder() as path:
            _seed(path, subject, count)
            began_s = time.perf_counter()
            with _journal(path, subject) as journal:
                figures[f"open_s_{name}_rows"] = time.perf_counter() - began_s
                _leave_open(journal, open_orders)
                blocked_s, steps_s = [], []
                for number in range(orders):
                    blocked_s.append(max(*_writes_s(journal, number), _lookup_s(journal)))
                    began_s = time.perf_counter()
                    journal.tick()
                    steps_s.append(time.perf_counter() - began_s)
        figures[f"ms_{name}_rows"] = statistics.median(blocked_s) * 1e3
        figures[f"slowest_ms_{name}_rows"] = max(blocked_s) * 1e3
        figures[f"step_ms_{name}_rows"] = statistics.median(steps_s) * 1e3
    return figures


@contextmanager
def _folder() -> Iterator[Path]:
    # Beside the sources: the folder for temporary files may lie in memory.
    with TemporaryDirectory(prefix=".journal-", dir=Path(__file__).parent) as folder:
        yield Path(folder) / "journal.sqlite"


@contextmanager
def _journal(path: Path, owner: str) -> Iterator[IntentJournal]:
    journal = IntentJournal(lambda: JournalFile(path, owner, ACCOUNT), logging.getLogger(__name__))
    journal.open()
    try:
        yield journal
    finally:
        journal.close_file()


def _leave_open(journal: IntentJournal, orders: int) -> None:
    for number in range(orders):
        journal.record(_intent(f"open-{number}"))
        journal.live(f"open-{number}", str(number), RATES)


def _writes_s(journal: IntentJournal, number: int) -> tuple[float, float, float]:
    intent = _intent(f"order-{number}")
    began_s = time.perf_counter()
    journal.record(intent)
    recorded_s = time.perf_counter()
    journal.live(intent.client_order_id, str(10**7 + number), RATES)
    live_s = time.perf_counter()
    journal.close(intent.client_order_id)
    return recorded_s - began_s, live_s - recorded_s, time.perf_counter() - live_s


def _lookup_s(journal: IntentJournal) -> float:
    """What a look-up of a lost create reads, for one candidate."""
    began_s = time.perf_counter()
    journal.unfinished()
    journal.is_claimed("no order of ours")
    return time.perf_counter() - began_s


def _seed(path: Path, owner: str, closed: int) -> None:
    half = closed // 2
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.executescript(FORM_1)
        database.executemany(
            "INSERT INTO intents VALUES (?, ?, ?, 'AAA-USD', 'aaausd', 1, '0.5', '30000.0', 1795207684.5, 'closed', ?, "
            "'0.001', '0.002', 1795207690.5)",
            ((_closed_id(number), owner, ACCOUNT, str(10**6 + number)) for number in range(half)),
        )
        database.commit()
    JournalFile(path, owner, ACCOUNT).close()
    with closing(sqlite3.connect(path)) as database:
        database.executemany(
            "INSERT INTO order_history VALUES (NULL, ?, ?, ?, 'AAA-USD', 'aaausd', 1, '0.5', '30000.0', 1795207684.5, "
            "?, '0.001', '0.002', 0, NULL, 1795207684.6, 1795207690.5, 'cancelled')",
            ((_closed_id(number), owner, ACCOUNT, str(10**6 + number)) for number in range(half, closed)),
        )
        database.commit()


def _closed_id(number: int) -> str:
    """As long as Hummingbot's ids, and like those ascending with time."""
    return f"HBOTBAAUD{number:016x}{number * 7919 % 65536:04x}"


def _intent(client_order_id: str) -> Intent:
    market = f"{wire.market_name(0)}usd"
    (pair,) = wire.trading_pairs(1)
    return Intent(client_order_id, pair, market, True, Decimal("0.5"), Decimal(wire.MIDDLE), wire.CREATED_AT_S)
