"""The hedge journal against the ledgers: what is missing there, what is wrong, what nobody knows the end of."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from simulation.mirror.audit import audit
from simulation.mirror.journal import FillKey, HedgeRow, JournalRecords

D = Decimal
ENDED = HedgeRow(1, "hbot-1", "ended")


def account(*fills: Any, watched: str = "") -> Any:
    records = SimpleNamespace(journal={watched: SimpleNamespace(state="watched")})
    sandbox = SimpleNamespace(fills=lambda member: list(fills))
    exchange = SimpleNamespace(sandbox=sandbox)
    return SimpleNamespace(choice=SimpleNamespace(member="bot"), exchange=exchange, records=lambda: records)


def fill(trade_id: int, side: str, amount: str, fee: str = "0") -> Any:
    return SimpleNamespace(
        trade_id=trade_id, order_id=trade_id * 10, side=side, amount=D(amount), fee_amount=D(fee), fee_currency="btc"
    )


def findings(
    journal: dict[FillKey, Decimal],
    *hedges: HedgeRow,
    left_alone: str = "",
    watched: str = "",
    settled: dict[int, str] | None = None,
) -> list[str]:
    own, outer = account(fill(1, "buy", "0.5", "0.001")), account(fill(2, "sell", "0.499"), watched=watched)
    ledgers: Any = SimpleNamespace(quotes=own, hedges=outer)
    return [finding.text for finding in audit(ledgers, JournalRecords(journal, hedges), {left_alone}, settled or {})]


BOTH: dict[FillKey, Decimal] = {("own", "1", True): D("0.499"), ("source", "2", False): D("-0.499")}


def test_a_journal_with_every_fill_and_every_end_is_right() -> None:
    assert findings(BOTH, ENDED) == []


def test_a_fill_that_is_missing_wrong_or_unknown_is_found() -> None:
    (own, source), (_, sold) = BOTH, BOTH.values()
    assert findings({source: sold}) == ["trade 1 of order 10 (own) is not in the hedge journal"]
    assert findings({own: D("0.5"), source: sold}) == [
        "trade 1 of order 10 (own) changed 0.5 in the hedge journal, 0.499 on the exchange"
    ]
    more = findings({**BOTH, ("source", "3", False): D(-1)})
    assert more == ["the hedge journal has a fill that the exchange does not know: trade 3 (source)"]


def test_the_fills_of_an_order_that_was_left_alone_are_not_asked_for() -> None:
    (_, source), (_, sold) = BOTH, BOTH.values()
    assert findings({source: sold}, left_alone="10") == []


def test_what_an_operator_settled_is_one_fill_in_the_journal() -> None:
    (own, _), (bought, _) = BOTH, BOTH.values()
    settled: dict[FillKey, Decimal] = {own: bought, ("source", "settled 1", False): D("-0.499")}
    assert findings(settled, ENDED, left_alone="20", settled={1: "20"}) == []
    assert findings({own: bought}, ENDED, left_alone="20", settled={1: "20"}) == [
        "trade 2 of order 20 (source) is not in the hedge journal"
    ]


def test_a_hedge_without_an_end_is_found_unless_the_order_journal_watches_for_it() -> None:
    sent = HedgeRow(2, "hbot-2", "sent")
    assert findings(BOTH, ENDED, sent) == ["hedge 2 (hbot-2) is sent in the hedge journal"]
    assert findings(BOTH, ENDED, sent, watched="hbot-2") == []
