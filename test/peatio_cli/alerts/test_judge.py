"""What a person is told of a bot: once when it begins, once when it is resolved, and nothing that nobody knows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from peatio_cli.alerts.judge import judge
from peatio_cli.alerts.losses import Market
from peatio_cli.alerts.memory import Memory
from peatio_cli.alerts.outbox import Outbox
from peatio_cli.alerts.settings import AlertSettings
from peatio_cli.report.fill import Fill
from peatio_cli.watch.bot_state import Activity, BotState, Exposure
from test.peatio_cli.alerts.states import SITE, book, bot, fill, position

BOOK = "The order book of BTC-USD on peatio"
DAY_S = 86400.0


class Told:
    """A judge with its memory, and what it says of one state after the other."""

    def __init__(self, **settings: Any) -> None:
        self.settings = AlertSettings(**settings)
        self.memory = Memory(Outbox(1))

    def of(
        self, state: BotState, fills: Sequence[Fill] = (), mids: Mapping[Market, Decimal] | None = None
    ) -> list[str]:
        alerts = judge(state, fills, mids or {}, self.settings, self.memory)
        assert all(alert.at_s == state.looked_at_s for alert in alerts)
        return [f"{alert.kind}: {alert.text}" for alert in alerts]

    def restart(self) -> None:
        self.memory = Memory.from_text(self.memory.to_text(), 1)


def test_a_bot_that_stops_is_told_once_and_its_next_start_resolves_it() -> None:
    told = Told()
    assert told.of(bot()) == []
    assert told.of(bot(activity=Activity.STOPPED)) == ["began: The bot was stopped; it left no order open."]
    assert told.of(bot(activity=Activity.STOPPED)) == []
    told.restart()
    assert told.of(bot(activity=Activity.STOPPED)) == []
    assert told.of(bot()) == ["resolved: The bot runs again."]
    assert told.of(bot()) == []


def test_a_bot_that_has_not_been_started_is_no_alert_and_a_dead_one_always_is() -> None:
    assert Told().of(bot(activity=Activity.STOPPED)) == []
    dead = bot(activity=Activity.SILENT, silent_s=31.4)
    assert Told().of(dead) == ["began: The bot died or hangs: no heartbeat of peatio for 31 s."]
    assert Told(stopped=False).of(dead) == []


def test_a_connector_that_dies_beside_one_that_runs_is_told() -> None:
    told = Told()
    both = bot(), bot(activity=Activity.SILENT, silent_s=40)
    other = replace(both[1].connectors[0], name="peatio_east", owner="another")
    mixed = replace(both[0], connectors=(*both[0].connectors, other))
    assert told.of(both[0]) == []
    assert told.of(mixed) == ["began: The bot died or hangs: no heartbeat of peatio_east for 40 s."]
    assert told.of(bot(activity=Activity.SILENT, silent_s=31)) == [
        "began: The bot died or hangs: no heartbeat of peatio for 31 s.",
        "resolved: The bot has settled its orders on peatio_east and stopped.",
    ]
    assert told.of(both[0]) == ["resolved: The bot runs again on peatio."]


def test_a_bot_that_stopped_while_nobody_looked_is_told() -> None:
    told = Told()
    told.of(bot())
    told.restart()
    assert told.of(bot(activity=Activity.STOPPED)) == ["began: The bot was stopped; it left no order open."]


def test_the_guards_fence_begins_and_ends_an_alert() -> None:
    told = Told(stopped=False)
    fenced = bot(activity=Activity.SILENT, fence_reason="no heartbeat for 30 s")
    assert told.of(fenced) == [
        "began: The guard took over and cancels the bot's open orders (peatio: no heartbeat for 30 s)."
    ]
    assert told.of(fenced) == []
    assert told.of(bot()) == [
        "resolved: The bot has reconciled its orders and may trade again; the guard's fence is gone."
    ]
    assert Told(stopped=False, guard=False).of(fenced) == []


def test_a_book_is_told_after_its_time_and_not_before() -> None:
    told = Told(book_untrusted_s=60)
    assert told.of(bot(59, books=(book(59, 59),))) == []
    assert told.of(bot(60, books=(book(60, 60),))) == [
        f"began: {BOOK} has not been trusted for 60 s (faults since the start: gap 1)."
    ]
    assert told.of(bot(61, books=(book(61, 61),))) == []
    assert told.of(bot(62, books=(book(None),))) == [f"resolved: {BOOK} is trusted."]
    # A short one that follows is no alert again.
    assert told.of(bot(63, books=(book(1, 63),))) == []
    assert Told(book_untrusted_s=0).of(bot(books=(book(900),))) == []


def test_a_book_of_which_nobody_knows_stays_untrusted() -> None:
    """The bot says nothing, or starts again: neither is a reason to report its book as trusted."""
    told = Told(stopped=False)
    assert len(told.of(bot(books=(book(90),)))) == 1
    assert told.of(bot(books=None)) == []
    assert told.of(bot(activity=Activity.STOPPED)) == []
    told.restart()
    assert told.of(bot(5, books=(book(1, 5),))) == [], "not trusted, for a short time as the new bot sees it"
    assert told.of(bot(6, books=(book(None),))) == [f"resolved: {BOOK} is trusted."]


def test_a_market_that_is_given_up_ends_its_alert() -> None:
    told = Told()
    told.of(bot(books=(book(90),)))
    assert told.of(bot(books=(book(None, pair="ETH-USD"),))) == [
        "resolved: The bot does not follow BTC-USD on peatio any more."
    ]


def test_each_market_has_its_own_alert() -> None:
    told = Told()
    both = (book(90), book(70, pair="ETH-USD"))
    assert len(told.of(bot(books=both))) == 2
    assert told.of(bot(books=(both[0], book(None, pair="ETH-USD")))) == [
        "resolved: The order book of ETH-USD on peatio is trusted."
    ]


@pytest.mark.parametrize("sign", [1, -1])
def test_an_exposure_ends_well_below_its_limit(sign: int) -> None:
    """Around the limit it would begin and end with every fill."""

    def exposed(amount: str) -> BotState:
        return bot(exposures=(Exposure("own / source", sign * Decimal(amount), 2),))

    told = Told(exposure_above=Decimal("0.05"))
    assert told.of(exposed("0.05")) == []
    shown = "-" * (sign < 0)
    assert told.of(exposed("0.051")) == [
        f"began: The unhedged exposure of own / source is {shown}0.051, beyond 0.05; 2 hedge(s) are under way."
    ]
    assert told.of(exposed("0.046")) == []
    assert told.of(exposed("0.051")) == []
    assert told.of(exposed("0.045")) == [f"resolved: The unhedged exposure of own / source is {shown}0.045."]
    assert told.of(bot()) == [], "a journal that cannot be read says nothing"


def test_each_controller_has_a_limit_of_its_own_or_none() -> None:
    def exposed(controller: str, pair: str, amount: str) -> Exposure:
        return Exposure(f"peatio {pair} / source {pair}", Decimal(amount), 0, controller, "", pair)

    told = Told(exposure_above={"one": Decimal(2), "BTC-USD": Decimal("0.1"), "ETH-USD": Decimal(5)})
    exposures = (
        exposed("one", "BTC-USD", "1.5"),  # by its id, not its market
        exposed("two", "BTC-EUR", "1000"),  # nobody asked
        exposed("three", "ETH-USD", "6"),
    )
    assert told.of(bot(exposures=exposures)) == [
        "began: The unhedged exposure of peatio ETH-USD / source ETH-USD is 6, beyond 5; 0 hedge(s) are under way."
    ]
    assert told.of(bot(exposures=(exposed("one", "BTC-USD", "2.5"),))) == [
        "began: The unhedged exposure of peatio BTC-USD / source BTC-USD is 2.5, beyond 2; 0 hedge(s) are under way."
    ]


def test_the_loss_of_a_hedged_market_counts_with_its_hedges() -> None:
    """By itself it lost 20 with the price; what was sold on the other exchange has earned as much."""
    told = Told(loss_above={"USD": Decimal(10)})
    bought = position(fill(1, price="100", amount="2"))

    def at(price: str, at_s: float, exposure: Exposure) -> list[str]:
        state = bot(at_s, positions=(bought,), exposures=(exposure,))
        return told.of(state, mids={(SITE, "BTC-USD"): Decimal(price)})

    hedged = Exposure("peatio BTC-USD / other BTC-USD", Decimal(0), 0, "m", SITE, "BTC-USD", fills=2)
    assert at("100", 0, hedged) == []
    assert at("90", 60, hedged) == []
    lost = replace(hedged, realised=Decimal(-11))
    assert at("90", 120, lost) == ["began: The loss of the day is 11 USD, beyond 10."]
    assert at("90", 180, replace(hedged, realised=Decimal(-5))) == ["resolved: The loss of the day is 5 USD."]


def test_a_loss_counts_from_the_days_first_look_with_the_inventory_at_the_price_of_now() -> None:
    told = Told(loss_above={"USD": Decimal(10)})
    bought = position(fill(1, price="100", amount="2"))

    def at(price: str, at_s: float) -> list[str]:
        return told.of(bot(at_s, positions=(bought,)), mids={(SITE, "BTC-USD"): Decimal(price)})

    # What was lost before the first look is of the past.
    assert at("80", 0) == []
    assert at("75", 60) == [], "10 of 10"
    assert at("74.5", 120) == ["began: The loss of the day is 11 USD, beyond 10."]
    told.restart()
    assert at("74.5", 180) == []
    assert at("75.2", 240) == [], "9.6 is within a tenth of the limit"
    assert at("75.5", 300) == ["resolved: The loss of the day is 9 USD."]
    assert at("70", 360) == ["began: The loss of the day is 20 USD, beyond 10."]
    assert at("70", DAY_S) == ["resolved: The loss of the day is 0 USD."], "a new day"
    assert at("66", DAY_S + 60) == []


def test_a_loss_without_a_price_is_not_known() -> None:
    told = Told(loss_above={"USD": Decimal(10)})
    bought = position(fill(1, price="100", amount="2"))
    price = {(SITE, "BTC-USD"): Decimal(100)}
    assert told.of(bot(positions=(bought,))) == [], "the day begins without a price"
    assert told.of(bot(1, positions=(bought,)), mids=price) == []
    assert len(told.of(bot(2, positions=(bought,)), mids={(SITE, "BTC-USD"): Decimal(90)})) == 1
    assert told.of(bot(3, positions=(bought,))) == []
    assert told.of(bot(4, positions=(bought,)), mids=price) == ["resolved: The loss of the day is 0 USD."]


def test_a_market_that_begins_during_the_day_counts_from_nothing() -> None:
    told = Told(loss_above={"USD": Decimal(10)})
    assert told.of(bot()) == []
    sold_off = position(fill(1, price="100"), fill(2, is_buy=False, price="89"))
    assert told.of(bot(60, positions=(sold_off,))) == ["began: The loss of the day is 11 USD, beyond 10."]


def test_fills_are_told_where_wanted_each_once_also_over_a_restart() -> None:
    told = Told(fills=True)
    assert told.of(bot(), [fill(1), fill(2)]) == [], "what was there before the first look"
    assert told.of(bot(), []) == []
    assert told.of(bot(), [fill(3, price="101.50", amount="0.100")]) == ["event: Bought 0.1 BTC-USD at 101.5."]
    told.restart()
    assert told.of(bot(), [fill(2), fill(3), fill(4, is_buy=False)]) == ["event: Sold 1 BTC-USD at 100."]
    many = [fill(number) for number in range(5, 20)]
    (text,) = told.of(bot(), many)
    assert text.startswith("event: 5 fill(s), then: Bought 1 BTC-USD at 100. ")
    assert text.count("Bought") == 10
    quiet = Told()
    quiet.of(bot(), [])
    assert quiet.of(bot(), [fill(1)]) == []


def test_the_first_fill_of_all_is_told() -> None:
    told = Told(fills=True)
    told.of(bot(), [])
    told.restart()
    assert told.of(bot(), [fill(1)]) == ["event: Bought 1 BTC-USD at 100."]


def test_what_a_rule_watched_that_is_switched_off_is_forgotten() -> None:
    told = Told()
    told.of(bot(books=(book(90),)))
    told.settings = AlertSettings(book_untrusted_s=0)
    assert told.of(bot(books=(book(None),))) == []
    told.settings = AlertSettings()
    assert told.of(bot(books=(book(None),))) == []
    assert told.memory.open_keys == set()


