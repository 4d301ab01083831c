"""Each way in which the accounts can differ is found and called by its name; what a kill excuses is not."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from test.chaos.evidence import (
    DatabaseFill,
    DatabaseOrder,
    Evidence,
    JournalRow,
    Ledger,
    LedgerFill,
    LedgerOrder,
    Life,
    Records,
)
from test.chaos.judge import Fault, Finding, judge
from test.chaos.reports import Created, Ended, Filled, Intended, Line, Status

D = Decimal
CLIENT, ORDER, TRADE = "hbot-1", "11", "7"
KEY = CLIENT, TRADE
PRICE, AMOUNT, TOTAL, FEE = D("0.00002501"), D("1000.12345678"), D("0.0250130876540678"), D("1.00012345678")


LEDGER_ORDER = LedgerOrder(ORDER, "DOGE-BTC", "buy", "limit", PRICE, AMOUNT, "done")
LEDGER_FILL = LedgerFill(ORDER, TRADE, "DOGE-BTC", "buy", PRICE, AMOUNT, TOTAL, {"DOGE": FEE})
INTENDED = Intended(
    client_order_id=CLIENT, pair="DOGE-BTC", side="buy", order_type="limit", amount=AMOUNT, price=PRICE
)
CREATED = Created(
    client_order_id=CLIENT, order_id=ORDER, pair="DOGE-BTC", side="buy", order_type="limit", price=PRICE, amount=AMOUNT
)
FILLED = Filled(
    client_order_id=CLIENT, order_id=ORDER, trade_id=TRADE, pair="DOGE-BTC", side="buy", price=PRICE, amount=AMOUNT,
    fees={"DOGE": FEE},
)
ENDED = Ended(client_order_id=CLIENT, state="filled", base=AMOUNT, quote=TOTAL)
DATABASE_ORDER = DatabaseOrder(
    CLIENT, ORDER, D("0.000025"), D("1000.123456"), "BuyOrderCompleted", ("BuyOrderCreated", "BuyOrderCompleted")
)
DATABASE_FILL = DatabaseFill(CLIENT, TRADE, "DOGE-BTC", "buy", D("0.000025"), D("1000.123456"), {"DOGE": FEE})


@dataclass
class Story:
    """A buy that was filled at once, as everybody tells it; the tests change who tells what."""

    order: LedgerOrder = LEDGER_ORDER
    fill: LedgerFill = LEDGER_FILL
    intended: Intended = INTENDED
    created: Created = CREATED
    filled: Filled = FILLED
    ended: Ended = ENDED
    database_order: DatabaseOrder = DATABASE_ORDER
    database_fill: DatabaseFill = DATABASE_FILL
    kept: LedgerFill = LEDGER_FILL
    journal: list[JournalRow] = field(default_factory=lambda: [JournalRow(CLIENT, "closed", ORDER)])
    followed: tuple[str, ...] = ()
    in_engine: frozenset[str] = frozenset()
    turned_up: frozenset[str] = frozenset()
    doge: Decimal = D(5000) + AMOUNT - FEE
    btc: Decimal = D(10) - TOTAL

    def lines(self) -> list[Line]:
        return [self.intended, self.created, self.filled, self.ended]

    def records(self) -> Records:
        return Records({CLIENT: self.database_order}, {KEY: self.database_fill}, self.rows(), {KEY: self.kept})

    def rows(self) -> dict[str, JournalRow]:
        return {row.client_order_id: row for row in self.journal}

    def ledger(self) -> Ledger:
        return Ledger(
            orders=[self.order],
            fills=[self.fill],
            in_engine=self.in_engine,
            start={"DOGE": D(5000), "BTC": D(10)},
            free={"DOGE": D(5000) + AMOUNT - FEE, "BTC": D(10) - TOTAL},
            locked={"DOGE": D(0), "BTC": D(0)},
            steps={"DOGE-BTC": (D("1e-8"), D("1e-8"))},
        )

    def status(self) -> Status:
        funds = {"DOGE": self.doge, "BTC": self.btc}
        return Status(is_ready=True, followed=self.followed, total=funds, available=funds)

    def evidence(
        self, lives: list[Life] | None = None, records: Records | None = None, ledger: Ledger | None = None
    ) -> Evidence:
        return Evidence(
            lives or [life(self.lines())],
            records or self.records(),
            ledger or self.ledger(),
            self.status(),
            self.turned_up,
        )


def life(lines: list[Line], before: Records | None = None, was_killed: bool = False) -> Life:
    return Life(before or Records({}, {}, {}), lines, was_killed)


def faults(findings: list[Finding]) -> set[Fault]:
    return {finding.fault for finding in findings}


def test_nothing_is_found_where_all_agree() -> None:
    assert judge(Story().evidence()) == []


def wrong_order(**change: Any) -> Callable[[Story], None]:
    def spoil(story: Story) -> None:
        story.created = story.created.model_copy(update=change)

    return spoil


def wrong_fill(**change: Any) -> Callable[[Story], None]:
    def spoil(story: Story) -> None:
        story.filled = story.filled.model_copy(update=change)

    return spoil


def wrong_history(**change: Any) -> Callable[[Story], None]:
    def spoil(story: Story) -> None:
        story.kept = replace(story.kept, **change)

    return spoil


def wrong_database_fill(**change: Any) -> Callable[[Story], None]:
    def spoil(story: Story) -> None:
        story.database_fill = replace(story.database_fill, **change)

    return spoil


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (wrong_order(price=D("0.00002502")), "price is 0.00002502 in Hummingbot's event"),
        (wrong_order(amount=D("1000.12345679")), "amount is 1000.12345679"),
        (wrong_order(side="sell"), "side is sell"),
        (wrong_order(pair="BTC-USD"), "pair is BTC-USD"),
        (wrong_fill(price=D("0.000025")), "price is 0.000025"),
        (wrong_fill(amount=D("1000.12345677")), "amount is 1000.12345677"),
        (wrong_fill(side="sell"), "side is sell"),
        (wrong_fill(fees={"DOGE": D("1.0001")}), "fee is 1.0001 DOGE"),
        (wrong_fill(fees={"BTC": FEE}), "fee is 1.00012345678 BTC"),
        (wrong_database_fill(amount=D("1000.123457")), "amount is 1000.123457 in Hummingbot's database"),
        (wrong_database_fill(fees={}), "fee is none"),
        (wrong_history(total=D("0.0250130876540677")), "total is 0.0250130876540677 in the journal's history"),
    ],
)
def test_what_is_told_wrongly_is_misaccounted(spoil: Callable[[Story], None], text: str) -> None:
    story = Story()
    spoil(story)
    findings = judge(story.evidence())
    assert faults(findings) == {Fault.MISACCOUNTED}
    assert any(text in finding.text for finding in findings), [finding.text for finding in findings]


def test_an_order_that_is_not_what_was_intended_is_misaccounted() -> None:
    story = Story()
    story.intended = story.intended.model_copy(update={"price": D("0.00002511")})
    assert faults(judge(story.evidence())) == {Fault.MISACCOUNTED}


def test_digits_the_exchange_does_not_take_are_cut_off_an_intent() -> None:
    story = Story()
    story.intended = story.intended.model_copy(update={"price": PRICE + D("0.000000009")})
    assert judge(story.evidence()) == []


def test_a_completed_event_with_the_wrong_sum_is_misaccounted() -> None:
    story = Story()
    story.ended = story.ended.model_copy(update={"quote": TOTAL / 2})
    assert faults(judge(story.evidence())) == {Fault.MISACCOUNTED}


def test_balances_that_differ_are_misaccounted() -> None:
    story = Story(btc=D(10))
    assert [finding.text for finding in judge(story.evidence())] == [
        "balance of BTC: total is 10 in the connector, 9.9749869123459322 on the exchange",
        "balance of BTC: available is 10 in the connector, 9.9749869123459322 on the exchange",
    ]


def test_a_fill_that_was_never_told_is_lost() -> None:
    story = Story()
    findings = judge(story.evidence([life([story.intended, story.created, story.ended])]))
    assert "was never told" in findings[0].text
    assert faults(findings) == {Fault.LOST}


def test_a_fill_that_is_not_in_the_database_is_lost() -> None:
    story = Story()
    findings = judge(story.evidence(records=replace(story.records(), fills={})))
    assert faults(findings) == {Fault.LOST}


def test_an_order_nobody_knows_is_lost() -> None:
    story = Story(journal=[])
    findings = judge(story.evidence([life([story.intended])], records=Records({}, {}, {})))
    assert "is unknown to Hummingbot" in findings[0].text
    assert findings[0].fault is Fault.LOST


def test_an_order_that_ended_otherwise_than_told_is_lost() -> None:
    story = Story()
    story.ended = Ended(client_order_id=CLIENT, state="cancelled")
    assert faults(judge(story.evidence())) == {Fault.LOST}


def test_an_intent_that_came_to_nothing_is_lost_except_in_a_life_that_was_killed() -> None:
    story = Story()
    more = story.intended.model_copy(update={"client_order_id": "hbot-2"})
    lines = [*story.lines(), more]
    assert faults(judge(story.evidence([life(lines)]))) == {Fault.LOST}
    assert judge(story.evidence([life(lines, was_killed=True)])) == []


def test_an_order_sent_twice_is_duplicated() -> None:
    story = Story()
    ledger = story.ledger()
    twin = replace(story.order, order_id="12", state="cancel")
    findings = judge(story.evidence(ledger=replace(ledger, orders=[*ledger.orders, twin])))
    assert "2 orders like it for 1 intents" in findings[0].text
    assert faults(findings) == {Fault.DUPLICATED}


def test_an_order_held_for_two_intents_is_misaccounted_and_an_intent_with_two_orders_duplicated() -> None:
    story = Story()
    story.journal.append(JournalRow("hbot-2", "closed", ORDER))
    assert Fault.MISACCOUNTED in faults(judge(story.evidence()))
    story = Story(journal=[JournalRow(CLIENT, "closed", "12")])
    assert Fault.DUPLICATED in faults(judge(story.evidence()))


@pytest.mark.parametrize("twice", ["created", "filled", "ended"])
def test_what_is_told_twice_in_one_life_is_duplicated(twice: str) -> None:
    story = Story()
    lines = [*story.lines(), getattr(story, twice)]
    assert faults(judge(story.evidence([life(lines)]))) == {Fault.DUPLICATED}


def test_a_fill_told_again_after_a_restart_is_duplicated_only_if_the_database_had_it() -> None:
    story = Story()
    first = life([story.intended, story.created, story.filled], was_killed=True)
    had_order = Records({CLIENT: replace(story.database_order, last_status="BuyOrderCreated")}, {}, {})
    again = life([story.filled, story.ended], had_order)
    assert judge(story.evidence([first, again])) == []
    had_all = replace(had_order, fills={(CLIENT, TRADE): story.database_fill})
    again = life([story.filled, story.ended], had_all)
    assert faults(judge(story.evidence([first, again]))) == {Fault.DUPLICATED}


def test_a_creation_told_again_after_a_restart_is_duplicated_only_if_the_database_had_it() -> None:
    story = Story()
    first = life([story.intended, story.created], was_killed=True)
    again = life([story.created, story.filled, story.ended])
    assert judge(story.evidence([first, again])) == []
    had_order = Records({CLIENT: story.database_order}, {}, {})
    again = life([story.created, story.filled, story.ended], had_order)
    assert faults(judge(story.evidence([first, again]))) == {Fault.DUPLICATED}


def test_what_a_kill_cut_off_after_it_was_recorded_need_not_be_told() -> None:
    story = Story()
    first = life([story.intended, story.created], was_killed=True)
    assert judge(story.evidence([first, life([], story.records())])) == []


def test_an_order_that_is_open_is_orphaned() -> None:
    story = Story()
    ledger = story.ledger()
    waiting = replace(story.order, state="wait")
    assert Fault.ORPHANED in faults(judge(story.evidence(ledger=replace(ledger, orders=[waiting]))))


def test_a_ghost_is_orphaned() -> None:
    findings = judge(Story(in_engine=frozenset({ORDER})).evidence())
    assert [finding.fault for finding in findings] == [Fault.ORPHANED]
    assert "is a ghost" in findings[0].text


def test_an_order_still_followed_and_a_journal_row_still_open_are_orphaned() -> None:
    assert faults(judge(Story(followed=(CLIENT,)).evidence())) == {Fault.ORPHANED}
    assert faults(judge(Story(journal=[JournalRow(CLIENT, "live", ORDER)]).evidence())) == {Fault.ORPHANED}


def test_a_fill_the_exchange_does_not_know_is_misaccounted() -> None:
    story = Story()
    made_up = story.filled.model_copy(update={"trade_id": "8"})
    assert faults(judge(story.evidence([life([*story.lines(), made_up])]))) == {Fault.MISACCOUNTED}


def test_of_an_order_given_up_that_turned_up_only_the_fills_have_to_be_known() -> None:
    story = Story(turned_up=frozenset({CLIENT}))
    failed = Ended(client_order_id=CLIENT, state="failed", reason="not found")
    lines: list[Line] = [story.intended, failed, story.filled]
    records = replace(story.records(), orders={})
    assert judge(story.evidence([life(lines)], records)) == []
    assert Fault.LOST in faults(judge(story.evidence([life([story.intended, failed])], replace(records, fills={}))))
