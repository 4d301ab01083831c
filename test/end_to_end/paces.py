"""Pauses of the connector that a test would only sit out: between attempts, and between polls.

What tells late from lost (time-outs, limits) is not among them: a busy machine would meet those.
"""

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange_py_base import ExchangePyBase

PACES = {
    "BACKOFF_START_S": 0.1,
    "BACKOFF_MAXIMUM_S": 1.0,
    "BALANCE_REFRESH_DELAY_S": 0.1,
    "CANCEL_REPEAT_MAXIMUM_S": 0.5,
    "POLLS_INTERVAL_S": 1.0,
    "SNAPSHOT_TIMEOUT_S": 1.0,  # also the longest pause between two looks for a lost order
}
POLL_INTERVAL_S = 0.5


def quicken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the patch is undone."""
    for name, value in PACES.items():
        monkeypatch.setattr(CONSTANTS, name, value)
    monkeypatch.setattr(ExchangePyBase, "SHORT_POLL_INTERVAL", POLL_INTERVAL_S)
