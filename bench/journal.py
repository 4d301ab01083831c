"""What the order journal costs: all that is written for one order, on a real file."""

import logging
import statistics
import time
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.journal_file import Intent, JournalFile

from bench import wire

RATES = FeeRates(Decimal("0.001"), Decimal("0.002"))


def measure(subject: str, orders: int, open_orders: int) -> dict[str, float]:
    """:param open_orders: how many the journal holds meanwhile"""
    # Beside the sources: the folder for temporary files may lie in memory.
    with TemporaryDirectory(prefix=".journal-", dir=Path(__file__).parent) as folder:
        path = Path(folder) / "journal.sqlite"
        journal = IntentJournal(lambda: JournalFile(path, subject, "account"), logging.getLogger(__name__))
        journal.open()
        for number in range(open_orders):
            journal.record(_intent(f"open-{number}"))
            journal.live(f"open-{number}", str(number), RATES)
        taken_s = [_placement_s(journal, number) for number in range(orders)]
        journal.close_file()
    return {"journal_ms": statistics.median(taken_s) * 1e3, "slowest_ms": max(taken_s) * 1e3}


def _placement_s(journal: IntentJournal, number: int) -> float:
    intent = _intent(f"order-{number}")
    began_s = time.perf_counter()
    journal.record(intent)
    journal.live(intent.client_order_id, str(10**6 + number), RATES)
    journal.close(intent.client_order_id)
    return time.perf_counter() - began_s


def _intent(client_order_id: str) -> Intent:
    market = f"{wire.market_name(0)}usd"
    (pair,) = wire.trading_pairs(1)
    return Intent(client_order_id, pair, market, True, Decimal("0.5"), Decimal(wire.MIDDLE), wire.CREATED_AT_S)
