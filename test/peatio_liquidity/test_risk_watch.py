"""What a controller remembers beyond a run."""

import logging
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from peatio_liquidity.hedge_journal import HedgeJournal
from peatio_liquidity.risk_watch import RiskWatch

D = Decimal
LIMIT = D(50)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[HedgeJournal]:
    opened = HedgeJournal(tmp_path / "hedges.sqlite", "peatio BTC-USD / binance BTC-USDT", 1.0)
    yield opened
    opened.close()


def watch(journal: HedgeJournal) -> RiskWatch:
    source: Any = SimpleNamespace(base="BTC")
    return RiskWatch(journal, source, logging.getLogger(__name__))


def test_a_loss_is_written_down_when_it_switches_the_quotes_off_and_not_at_each_price(journal: HedgeJournal) -> None:
    first = watch(journal)
    with patch.object(journal, "note", wraps=journal.note) as note:
        assert first.loss(D(-40), LIMIT) == ""
        for result in (D(-51), D(-52), D(-60), D(-55)):
            assert first.loss(result, LIMIT) != ""
    assert note.call_count == 1
    assert "the loss was 51, above" in watch(journal).loss(D(0), LIMIT)


def test_a_loss_that_was_accepted_is_forgotten_by_the_next_run_too(journal: HedgeJournal) -> None:
    first = watch(journal)
    assert first.loss(D(-51), LIMIT) != ""
    assert first.loss(D(0), D(60)) == ""
    assert watch(journal).loss(D(0), LIMIT) == ""
