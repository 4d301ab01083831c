"""Which order a lost create is, where the exchange may have made it smaller meanwhile."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.common.errors import UndecidedError
from hummingbot.connector.exchange.peatio.common.messages import OrderReport, ReportedState, parse_order
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState
from hummingbot.connector.exchange.peatio.execution.order_matching import Assignment, OrderMatching
from hummingbot.connector.exchange.peatio.execution.pending_events import PendingEventBuffer

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder

D = Decimal
WIRE = WireOrder(18)
REPORT = parse_order(WIRE.row())
LOST = Intent(
    client_order_id="c1",
    trading_pair="BTC-USD",
    market="btcusd",
    is_buy=True,
    amount=D("1.0"),
    price=D(30000),
    created_at_s=REPORT.created_at_s,
    state=IntentState.SENT,
)


class Tracked:
    """An order of this bot."""

    def __init__(self) -> None:
        self.ended_event = asyncio.Event()


class Nobody:
    """Knows no order.

    :param others: more intents that are not answered
    """

    def __init__(self, *others: Intent) -> None:
        self._others = others

    def find(self, exchange_order_id: str) -> Tracked | None:
        return None

    def unfinished(self) -> list[Intent]:
        return [LOST, *self._others]

    def is_claimed(self, exchange_order_id: str) -> bool:
        return False


def matching(*pegged: str) -> OrderMatching:
    return OrderMatching(Nobody(), PendingEventBuffer(), Nobody(), is_pegged=lambda pair: pair in pegged)


def sized(order_id: int, volume: str) -> OrderReport:
    return replace(REPORT, order_id=str(order_id), origin_volume=D(volume), remaining_volume=D(volume))


def test_a_smaller_order_is_the_lost_one_on_a_pegged_market_alone() -> None:
    smaller = sized(19, "0.4")
    assert matching("BTC-USD").order_of(LOST, [smaller]) == smaller
    assert matching("ETH-USD").order_of(LOST, [smaller]) is None


def test_one_of_its_size_comes_before_a_smaller_one() -> None:
    exact = sized(20, "1.0")
    assert matching("BTC-USD").order_of(LOST, [sized(19, "0.4"), exact]) == exact


def test_a_larger_one_or_one_of_another_price_is_none() -> None:
    for other in (sized(19, "1.1"), replace(sized(19, "0.4"), price=D(30001)), replace(sized(19, "0.4"), is_buy=False)):
        assert matching("BTC-USD").order_of(LOST, [other]) is None


def test_one_that_another_lost_create_asked_for_is_that_ones() -> None:
    smaller, other = sized(19, "0.4"), LOST.changed(client_order_id="c2", amount=D("0.4"))
    knows = Nobody(other)
    both = OrderMatching(knows, PendingEventBuffer(), knows, is_pegged=lambda pair: True)
    assert both.order_of(LOST, [smaller]) is None
    assert both.order_of(other, [smaller]) == smaller


@pytest.mark.parametrize(
    ("sent_later_s", "is_others"), [(0.5, True), (-0.5, False), (30.0, False)], ids=["last", "before", "after it"]
)
def test_a_smaller_one_is_that_of_the_lost_create_that_was_sent_last_before_it(
    sent_later_s: float, is_others: bool
) -> None:
    """Pegged seed 92947 of the simulation: an older create that asked for more took it, and the order of the other
    one, whose answer was under way, was held for both."""
    smaller = sized(19, "0.4")
    other = LOST.changed(client_order_id="c2", amount=D("0.9"), created_at_s=LOST.created_at_s + sent_later_s)
    both = OrderMatching(Nobody(), PendingEventBuffer(), Nobody(other), is_pegged=lambda _: True)
    assert both.order_of(LOST, [smaller]) == (None if is_others else smaller)
    assert both.order_of(other, [smaller]) == (smaller if is_others else None)


@pytest.mark.parametrize("is_account_exclusive", [False, True])
def test_one_in_the_place_of_what_another_lost_create_asked_for_is_not_this_ones(is_account_exclusive: bool) -> None:
    """Dense seed 21 of the simulation: cycles had replaced the order of a create without an answer twice, and another
    one of that price took the last one. What was in that place itself had been reported before that one was sent."""
    first = LOST.changed(client_order_id="c2", amount=D("1.5"), created_at_s=LOST.created_at_s - 9)
    later, stored_s = LOST.changed(newest_order_id=14), REPORT.created_at_s
    times = [(12, "1.5", -9.0, -4.0), (14, "0.9", -4.0, 7.0), (19, "0.4", 7.0, 7.0)]
    listed = [
        replace(sized(number, volume), created_at_s=stored_s + since_s, updated_at_s=stored_s + until_s)
        for number, volume, since_s, until_s in times
    ]
    listed[:2] = [replace(report, state=ReportedState.CANCEL) for report in listed[:2]]
    knows = Nobody(first)
    both = OrderMatching(
        knows, PendingEventBuffer(), knows, lambda: is_account_exclusive, is_pegged=lambda _pair: True
    )
    assert both.assign([later], listed).reports == []
    assert both.order_of(first, listed) == listed[0]
    assert both.since_s([later]) == both.since_s([first]), "its end is listed, too"


def test_one_that_grew_back_is_not_taken_for_a_second_one_that_was_asked_for() -> None:
    """Dense seed 23 of the simulation: two cycles had passed before the create was answered. Both orders were named,
    and none was followed."""
    lost, stored_s = replace(sized(12, "1.0"), state=ReportedState.CANCEL), REPORT.created_at_s
    between = replace(sized(14, "0.4"), updated_at_s=stored_s + 7, state=ReportedState.CANCEL)
    grown = replace(sized(19, "1.0"), created_at_s=stored_s + 7)
    assert matching("BTC-USD").order_of(LOST, [grown, between, lost]) == lost
    with pytest.raises(UndecidedError, match="Orders 12, 19 on BTC-USD look like"):
        matching("BTC-USD").order_of(LOST, [grown, lost])


@pytest.mark.parametrize("state", [ReportedState.REJECT, ReportedState.PENDING])
def test_a_smaller_one_that_never_was_open_is_not_the_lost_one(state: ReportedState) -> None:
    """Dense seed 23 of the simulation: the order in the place of another one was rejected; a lost create took it."""
    assert matching("BTC-USD").order_of(LOST, [replace(sized(19, "0.4"), state=state)]) is None
    assert matching("BTC-USD").order_of(LOST, [replace(sized(19, "1.0"), state=state)]) is not None


@pytest.mark.parametrize("volume", ["0.4", "1.0"])
def test_an_order_in_the_place_of_an_own_one_is_that_ones_until_it_has_ended(volume: str) -> None:
    """Pegged seed 81150 of the simulation: a lost create took the order that a cycle had put in the place of the bot's
    own one, while that was still looked for."""
    tracked = Tracked()

    class Tracker(Nobody):
        def find(self, exchange_order_id: str) -> Tracked | None:
            return tracked if exchange_order_id == "11" else None

        def is_claimed(self, exchange_order_id: str) -> bool:
            return exchange_order_id == "11"

    knows, other, ended = Tracker(), sized(19, volume), of_somebody_else()
    pegged = OrderMatching(knows, PendingEventBuffer(), knows, is_pegged=lambda pair: True)
    assert pegged.order_of(LOST, [other, ended]) is None
    assert OrderMatching(knows, PendingEventBuffer(), knows).order_of(LOST, [sized(19, "1.0"), ended]) is not None
    tracked.ended_event.set()
    assert pegged.order_of(LOST, [other, ended]) == other


def test_one_of_just_the_size_that_was_asked_for_is_the_lost_one_where_no_less_was_left_of_the_own_one() -> None:
    """Pegged seeds 82279 and 81205 of the simulation: each of the two left it to the other one, or the own one took it.
    A cycle that leaves an order as large as it was puts no other one in its place. Nor does one grow back to a size
    that is not its own full one (dense seed 37)."""
    own = LOST.changed(client_order_id="c0", exchange_order_id="11", state=IntentState.LIVE)
    larger = replace(of_somebody_else(), origin_volume=D("1.5"), remaining_volume=D("1.5"))
    knows, exact = Nobody(), sized(19, "1.0")
    pegged = OrderMatching(knows, PendingEventBuffer(), knows, is_pegged=lambda pair: True, may_go_on=lambda: [own])
    assert pegged.order_of(LOST, [exact, larger]) == exact
    assert pegged.order_of(LOST, [exact, replace(larger, remaining_volume=D("1.0"))]) == exact, "just as much was left"
    smaller = replace(larger, remaining_volume=D("0.9"))
    assert pegged.order_of(LOST, [exact, smaller]) is None, "it may have grown"
    own = own.changed(amount=D("1.5"))
    assert pegged.order_of(LOST, [exact, smaller]) == exact, "it had grown to another size"


@pytest.mark.parametrize("volume", ["0.4", "1.0"])
def test_an_event_alone_does_not_show_that_one_is_the_lost_one_where_own_ones_are_open(volume: str) -> None:
    """The list was answered a moment before a cycle replaced the own one, and the event of the next one came before the
    list: a lost create took it."""
    own = LOST.changed(client_order_id="c0", exchange_order_id="11", state=IntentState.LIVE)
    knows, events, other = Nobody(), PendingEventBuffer(), sized(19, volume)
    still_open = replace(of_somebody_else(), state=ReportedState.WAIT)
    with events.during_create():
        events.keep(other)
        pegged = OrderMatching(knows, events, knows, is_pegged=lambda pair: True, may_go_on=lambda: [own])
        assert pegged.order_of(LOST, [still_open]) is None
        assert pegged.order_of(LOST, [still_open, other]) == other, "it is open beside the own one"
        assert pegged.order_of(LOST, [of_somebody_else(), other]) is None
        nobody = OrderMatching(knows, events, knows, is_pegged=lambda pair: True)
        assert nobody.order_of(LOST, [still_open]) == other


def test_an_own_one_that_grew_back_over_two_cycles_is_not_the_lost_one() -> None:
    own = LOST.changed(client_order_id="c0", exchange_order_id="11", state=IntentState.LIVE)
    first = replace(of_somebody_else(), origin_volume=D("1.0"), remaining_volume=D("1.0"))
    between = replace(sized(18, "0.4"), updated_at_s=REPORT.created_at_s, state=ReportedState.CANCEL)
    knows, grown = Nobody(), sized(19, "1.0")
    pegged = OrderMatching(knows, PendingEventBuffer(), knows, is_pegged=lambda pair: True, may_go_on=lambda: [own])
    assert pegged.order_of(LOST, [grown, between, first]) is None
    assert pegged.order_of(LOST, [grown, first]) == grown


def test_an_order_in_the_place_of_an_own_one_is_that_ones_after_several_cycles() -> None:
    """Pegged seed 83157 of the simulation: the account was the bot's alone, and a lost create took the second one."""
    own = LOST.changed(client_order_id="c0", exchange_order_id="11", state=IntentState.LIVE)
    knows, ended, stored_s = Nobody(), of_somebody_else(), REPORT.created_at_s
    times = [(12, 0.0, 50.0), (14, 50.0, 90.0), (19, 90.0, 90.0)]
    listed = [
        replace(sized(number, "0.4"), created_at_s=stored_s + since_s, updated_at_s=stored_s + until_s)
        for number, since_s, until_s in times
    ]
    cancelled = [replace(report, state=ReportedState.CANCEL) for report in listed[:2]]

    def lost_of(*reports: OrderReport) -> Assignment:
        alone = OrderMatching(knows, PendingEventBuffer(), knows, lambda: True, lambda pair: True, lambda: [own])
        return alone.assign([LOST], reports)

    assert lost_of(ended, *cancelled, listed[2]).reports == []
    assert len(lost_of(ended, cancelled[1], listed[2]).reports) == 2, "nothing leads from the own one to these"


def test_one_in_the_place_of_an_order_that_the_journal_has_is_not_the_lost_one() -> None:
    """As at a start, before that order is followed (pegged seed 81150 of the simulation)."""
    own = LOST.changed(client_order_id="c0", exchange_order_id="11", state=IntentState.LIVE)
    knows, listed = Nobody(), [sized(19, "0.4"), of_somebody_else()]
    pegged = OrderMatching(knows, PendingEventBuffer(), knows, is_pegged=lambda pair: True, may_go_on=lambda: [own])
    assert pegged.assign([LOST], listed).reports == []


def test_orders_are_listed_from_the_creation_of_the_one_whose_place_another_may_have() -> None:
    """Its end shows whose the other one is; the list has what was created since."""
    old = LOST.changed(created_at_s=LOST.created_at_s - 3600, exchange_order_id="11", state=IntentState.LIVE)
    elsewhere = old.changed(price=D(29999), created_at_s=LOST.created_at_s - 7200)
    knows = Nobody()

    def on(is_pegged: bool) -> OrderMatching:
        def own() -> list[Intent]:
            return [old, elsewhere]

        return OrderMatching(knows, PendingEventBuffer(), knows, is_pegged=lambda pair: is_pegged, may_go_on=own)

    pegged, usual = on(is_pegged=True), on(is_pegged=False)
    assert pegged.since_s([LOST]) == usual.since_s([LOST]) - 3600 == usual.since_s([old])


def test_a_smaller_one_that_was_stored_too_late_is_named_on_a_pegged_market_alone() -> None:
    late = replace(sized(19, "0.4"), created_at_s=LOST.created_at_s + 60)
    assert matching("BTC-USD").is_too_late(LOST, late)
    assert not matching("ETH-USD").is_too_late(LOST, late)


def test_a_late_one_that_another_lost_create_asked_for_is_not_named() -> None:
    late = replace(sized(19, "0.4"), created_at_s=LOST.created_at_s + 60)
    knows = Nobody(LOST.changed(client_order_id="c2", amount=D("0.4"), created_at_s=LOST.created_at_s + 60))
    both = OrderMatching(knows, PendingEventBuffer(), knows, is_pegged=lambda pair: True)
    assert not both.is_too_late(LOST, late)


def of_somebody_else() -> OrderReport:
    """Placed before the lost one, and cancelled when a smaller order of its place was stored."""
    stored_s = REPORT.created_at_s
    ended = replace(sized(11, "0.9"), created_at_s=stored_s - 60, updated_at_s=stored_s, state=ReportedState.CANCEL)
    assert not matching("BTC-USD").matches(LOST, ended)
    return ended


def test_one_that_may_be_in_the_place_of_somebody_elses_is_not_taken_for_the_lost_one() -> None:
    smaller, ended = sized(19, "0.4"), of_somebody_else()
    with pytest.raises(UndecidedError, match="Orders 19 on BTC-USD look like"):
        matching("BTC-USD").order_of(LOST, [smaller, ended])


@pytest.mark.parametrize(
    "change",
    [
        {"updated_at_s": REPORT.created_at_s - 30.0},
        {"price": D(30001)},
        {"is_buy": False},
        {"state": ReportedState.WAIT},
        {"order_id": "25"},
    ],
)
def test_one_that_cannot_be_in_the_place_of_somebody_elses_is_the_lost_one(change: dict[str, Any]) -> None:
    smaller, ended = sized(19, "0.4"), replace(of_somebody_else(), **change)
    assert matching("BTC-USD").order_of(LOST, [smaller, ended]) == smaller


def test_where_the_account_is_the_bots_alone_nobody_else_had_an_order() -> None:
    smaller = sized(19, "0.4")
    alone = OrderMatching(Nobody(), PendingEventBuffer(), Nobody(), lambda: True, lambda pair: True)
    assert alone.order_of(LOST, [smaller, of_somebody_else()]) == smaller
