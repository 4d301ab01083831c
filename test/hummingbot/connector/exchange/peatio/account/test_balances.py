"""Available funds between two snapshots: case by case. `test_balances_model` has the general rule."""

from decimal import Decimal

from hummingbot.connector.exchange.peatio.account.balances import Balances
from hummingbot.connector.exchange.peatio.account.funds import REMEMBERED_ORDERS
from hummingbot.connector.exchange.peatio.account.records import Snapshot
from hummingbot.connector.exchange.peatio.common.balance_messages import Balance, parse_balance
from hypothesis import given, settings
from hypothesis import strategies as st

from test.hummingbot.connector.exchange.peatio.account.balance_support import (
    balances_of,
    buy,
    fill,
    funds,
    rows_of,
    take,
)
from test.hummingbot.connector.exchange.peatio.recorded import RACES, answer


def test_knows_nothing_before_the_first_snapshot() -> None:
    balances = Balances()
    buy(balances, "1", 10)
    fill(balances, "1", 5, 1)
    assert balances.available == balances.total == {}
    assert not balances.needs_snapshot  # the first one comes with the first poll
    take(balances, usd=("90", "5"), btc=("1", "0"))
    assert funds(balances, "USD") == ("90", "95"), "the fill is in it"


def test_takes_over_a_recorded_answer() -> None:
    balances = Balances()
    with balances.snapshot() as snapshot:
        balances.compare(snapshot, [parse_balance(row) for row in answer("balances")])
    assert balances.available["USD"] == Decimal(10000000)
    assert balances.total.keys() == {"BTC", "ETH", "TRST", "USD", "USDT"}


def test_hummingbot_keeps_the_dictionaries() -> None:
    balances = Balances()
    available, total = balances.available, balances.total
    take(balances, usd=("100", "0"))
    buy(balances, "1", 40)
    assert (available, total) == ({"USD": Decimal(60)}, {"USD": Decimal(100)})


def test_a_currency_that_the_exchange_no_longer_tells_is_gone() -> None:
    balances = balances_of(btc=("1", "2"), usd=("3", "4"))
    take(balances, btc=("1", "2"))
    assert (balances.available, balances.total) == ({"BTC": Decimal(1)}, {"BTC": Decimal(3)})


def test_the_recorded_reject_of_an_overspending_order() -> None:
    """Of 5 USD an order of 3 USD locks 3; the second one of 3 is rejected and locks nothing."""
    balances = balances_of(usd=("5.0", "0.0"))
    buy(balances, "24", "3.0")
    buy(balances, "25", "3.0", is_live=False)
    assert funds(balances, "USD") == ("0", "5.0")
    balances.release("25")
    recorded = answer("balance", RACES)
    assert balances.available["USD"] == Decimal(recorded["balance"])
    assert balances.total["USD"] == Decimal(recorded["balance"]) + Decimal(recorded["locked"])


def test_a_buy_at_a_better_price_gets_the_difference_back_at_its_end() -> None:
    balances = balances_of(btc=("0", "0"), usd=("1000", "0"))
    buy(balances, "1", 300)
    fill(balances, "1", 290, "0.00998")
    assert funds(balances, "USD") == ("700", "710")
    assert balances.available["BTC"] == Decimal("0.00998")
    balances.release("1")
    assert funds(balances, "USD") == ("710", "710")


def test_a_market_sell_reserves_its_volume_also_where_an_order_that_is_not_live_seems_to_need_it() -> None:
    """The exchange locks what is free there, and may reject that order later."""
    balances = balances_of(usd=("0", "0"), btc=("10", "0"))
    balances.reserve("1", "BTC", "USD", Decimal(10), is_answered=True)
    balances.reserve("2", "BTC", "USD", Decimal(4), is_answered=True, is_market=True)
    balances.release("1")
    assert funds(balances, "BTC") == ("6", "10")


def test_what_is_known_to_be_missing_stays_where_a_snapshot_may_have_what_was_raised_meanwhile() -> None:
    balances = balances_of(usd=("100", "50"))
    take(balances, usd=("90", "60"))
    buy(balances, "1", 20, is_live=False)
    with balances.snapshot() as snapshot:
        balances.release("1")
        assert funds(balances, "USD") == ("90", "150")
        balances.compare(snapshot, rows_of(usd=("90", "60")))
    assert funds(balances, "USD") == ("90", "150")


def test_a_currency_without_an_account_so_far_is_received_as_well() -> None:
    balances = balances_of(usd=("1000", "0"))
    balances.reserve("1", "USD", "DOGE", Decimal(290), is_answered=True)
    balances.fill("1", ("USD", Decimal(290)), ("DOGE", Decimal("12345.67890123")))
    assert funds(balances, "DOGE") == ("12345.67890123", "12345.67890123")


def test_what_was_locked_before_the_start_is_others_and_stays_locked() -> None:
    balances = balances_of(usd=("900", "100"))
    buy(balances, "1", 50)
    balances.release("1")
    assert funds(balances, "USD") == ("900", "1000")


def test_an_order_that_is_asked_about_twice_is_reserved_once() -> None:
    balances = balances_of(usd=("100", "0"))
    buy(balances, "1", 50)
    buy(balances, "1", 50)
    assert funds(balances, "USD") == ("50", "100")


def test_available_funds_are_never_negative() -> None:
    balances = balances_of(usd=("100", "0"))
    buy(balances, "1", 250)
    assert funds(balances, "USD") == ("0", "100")
    fill(balances, "1", 200, 1)
    assert funds(balances, "USD") == ("0", "0")


def test_reports_of_the_exchange_ask_for_a_snapshot_and_one_that_agrees_is_enough() -> None:
    balances = balances_of(usd=("100", "0"), btc=("0", "0"))
    buy(balances, "1", 50, is_answered=False, is_live=False)
    balances.release("1")
    assert not balances.needs_snapshot, "the exchange has nothing of it"
    buy(balances, "2", 50)
    assert balances.needs_snapshot
    take(balances, usd=("50", "50"), btc=("0", "0"))
    assert not balances.needs_snapshot
    fill(balances, "2", 20, 1)
    assert balances.needs_snapshot
    take(balances, usd=("50", "30"), btc=("1", "0"))
    assert not balances.needs_snapshot
    balances.release("2")
    assert balances.needs_snapshot
    assert balances.corrections == 0


def test_a_fill_that_a_snapshot_has_and_no_report_yet_counts_once_and_when_it_is_reported() -> None:
    balances = balances_of(usd=("100", "0"), btc=("0", "0"))
    buy(balances, "1", 50)
    for _ in range(3):
        take(balances, usd=("50", "0"), btc=("1", "0"))
    assert funds(balances, "USD") == ("50", "100")
    assert funds(balances, "BTC") == ("0", "0")
    assert balances.needs_snapshot
    fill(balances, "1", 50, 1)
    balances.release("1")
    assert funds(balances, "USD") == ("50", "50")
    assert funds(balances, "BTC") == ("1", "1")


def test_money_that_is_gone_is_gone_at_once_and_a_deposit_counts_once_it_is_nobody_elses() -> None:
    balances = balances_of(usd=("100", "0"))
    take(balances, usd=("30", "0"))
    assert funds(balances, "USD") == ("30", "100")
    assert balances.needs_snapshot
    take(balances, is_confirmed=True, usd=("30", "0"))
    assert funds(balances, "USD") == ("30", "30")
    take(balances, usd=("200", "0"))
    assert funds(balances, "USD") == ("30", "30")
    take(balances, is_confirmed=True, usd=("200", "0"))
    assert funds(balances, "USD") == ("200", "200")
    assert balances.corrections == 2
    assert not balances.needs_snapshot


def test_nothing_is_taken_over_where_something_was_reported_since_the_request() -> None:
    balances = balances_of(usd=("100", "0"), btc=("0", "0"), eth=("1", "0"))
    buy(balances, "1", 50)
    with balances.snapshot() as snapshot:
        balances.compare(snapshot, rows_of(usd=("50", "0"), btc=("1", "0"), eth=("3", "0")))
        fill(balances, "1", 50, 1)
        balances.accept(snapshot)
    assert funds(balances, "BTC") == ("1", "1")
    assert funds(balances, "ETH") == ("3", "3")


def test_nothing_is_taken_over_where_the_fills_of_a_create_cannot_be_asked_for() -> None:
    balances = balances_of(usd=("100", "0"), btc=("0", "0"))
    buy(balances, "1", 50, is_answered=False, is_live=False)
    take(balances, is_confirmed=True, usd=("50", "0"), btc=("1", "0"))
    fill(balances, "1", 50, 1)
    balances.release("1")
    take(balances, usd=("50", "0"), btc=("1", "0"))
    assert funds(balances, "USD") == ("50", "50")
    assert funds(balances, "BTC") == ("1", "1")


def test_an_older_snapshot_that_comes_later_takes_nothing_back() -> None:
    balances = balances_of(usd=("100", "0"))
    with balances.snapshot() as older:
        take(balances, is_confirmed=True, usd=("200", "0"))
        balances.compare(older, rows_of(usd=("100", "0")))
        assert funds(balances, "USD") == ("200", "200")
        balances.accept(older)
    assert funds(balances, "USD") == ("200", "200")


# Orders of others.


def test_an_order_of_others_takes_its_funds_at_its_event_and_gives_back_what_it_did_not_spend() -> None:
    balances = balances_of(usd=("100", "0"))
    balances.lock_of_others("7", "USD", Decimal(90))
    balances.lock_of_others("7", "USD", Decimal(90))
    assert funds(balances, "USD") == ("10", "100")
    balances.end_of_others("7", "USD", Decimal(60))
    assert funds(balances, "USD") == ("70", "100")
    assert not balances.needs_snapshot
    balances.doubt()
    assert balances.needs_snapshot
    take(balances, is_confirmed=True, usd=("70", "0"))
    assert funds(balances, "USD") == ("70", "70")


def test_an_order_of_others_whose_lock_a_snapshot_showed_before_its_event_counts_once() -> None:
    balances = balances_of(usd=("100", "0"))
    take(balances, usd=("10", "90"))
    assert funds(balances, "USD") == ("10", "100")
    balances.lock_of_others("7", "USD", Decimal(90))
    assert funds(balances, "USD") == ("10", "100")


def test_the_end_of_an_order_of_others_that_was_never_seen_waits_for_a_snapshot() -> None:
    balances = balances_of(usd=("10", "90"))
    balances.end_of_others("7", "USD", Decimal(90))
    assert funds(balances, "USD") == ("10", "100")
    assert balances.needs_snapshot
    take(balances, is_confirmed=True, usd=("100", "0"))
    assert funds(balances, "USD") == ("100", "100")


def test_a_report_that_comes_again_after_the_end_of_an_order_locks_nothing() -> None:
    balances = balances_of(usd=("100", "0"))
    balances.lock_of_others("7", "USD", Decimal(90))
    balances.end_of_others("7", "USD", Decimal(90))
    balances.lock_of_others("7", "USD", Decimal(90))
    assert funds(balances, "USD") == ("100", "100")
    balances.end_of_others("7", "USD", Decimal(90))
    assert funds(balances, "USD") == ("100", "100")
    balances.ended("8")
    balances.lock_of_others("8", "USD", Decimal(90))
    assert funds(balances, "USD") == ("100", "100")


def test_orders_of_others_are_remembered_in_bounds() -> None:
    balances = balances_of(usd=("100000", "0"))
    for number in range(REMEMBERED_ORDERS + 10):
        balances.lock_of_others(str(number), "USD", Decimal(1))
    assert len(balances._orders_of_others) == REMEMBERED_ORDERS


# Orders of an earlier run.


def test_until_an_earlier_runs_orders_are_settled_snapshots_are_copied() -> None:
    balances = balances_of(usd=("50", "50"), btc=("0", "0"))
    balances.hold()
    buy(balances, "1", 50, is_live=False)
    assert funds(balances, "USD") == ("0", "100"), "the lock in the snapshot may be somebody else's"
    balances.live("1")
    take(balances, usd=("50", "50"), btc=("0", "0"))
    assert funds(balances, "USD") == ("50", "100")
    take(balances, usd=("50", "20"), btc=("1", "0"))
    fill(balances, "1", 30, 1)
    assert funds(balances, "USD") == ("50", "70")
    assert funds(balances, "BTC") == ("1", "1"), "it was in the snapshot"
    assert balances.settled()
    take(balances, usd=("50", "20"), btc=("1", "0"))
    fill(balances, "1", 20, 1)
    assert funds(balances, "BTC") == ("1", "2"), "clocks may be off, so that it may be in the snapshot"
    take(balances, usd=("50", "0"), btc=("2", "0"))
    assert funds(balances, "BTC") == ("2", "2")


def test_an_order_of_the_last_run_that_is_not_live_yet_is_explained_by_no_lock() -> None:
    """It goes live after the snapshot, and what was locked is somebody else's."""
    balances = Balances()
    balances.hold()
    buy(balances, "1", 20, is_live=False)
    take(balances, usd=("50", "30"))
    assert funds(balances, "USD") == ("30", "80")
    balances.live("1")
    balances.settled()
    take(balances, usd=("30", "50"))
    assert funds(balances, "USD") == ("30", "80")


def test_an_end_that_an_early_copied_snapshot_may_have_makes_nothing_available_before_the_next_one() -> None:
    """Of an order of the last run: it ends after its settlement, and before the snapshot is read."""
    balances = Balances()
    balances.hold()
    buy(balances, "1", 20)
    take(balances, usd=("50", "30"))
    balances.release("1")
    assert funds(balances, "USD") == ("50", "80"), "all that is locked is somebody else's"
    balances.settled()
    take(balances, usd=("50", "30"))
    balances.fill("2", ("BTC", Decimal(0)), ("USD", Decimal(7)))
    assert funds(balances, "USD") == ("57", "87")


def test_what_a_fill_costs_is_gone_although_the_last_copied_snapshot_does_not_come() -> None:
    """The key is refused after the settlement."""
    balances = balances_of(usd=("50", "50"), btc=("0", "0"))
    balances.hold()
    buy(balances, "1", 50)
    with balances.snapshot(requested_at_s=100.0) as snapshot:
        balances.compare(snapshot, rows_of(usd=("50", "50"), btc=("0", "0")))
    balances.settled()
    balances.fill("1", ("USD", Decimal(50)), ("BTC", Decimal(1)), at_s=110.0)
    assert funds(balances, "USD") == ("50", "50")
    assert funds(balances, "BTC") == ("0", "0"), "the next snapshot has it"
    take(balances, usd=("50", "0"), btc=("1", "0"))
    assert (funds(balances, "USD"), funds(balances, "BTC")) == (("50", "50"), ("1", "1"))


def test_a_snapshot_that_was_requested_before_the_settlement_is_not_the_last_copy() -> None:
    balances = Balances()
    balances.hold()
    with balances.snapshot() as early:
        assert balances.settled()
        balances.compare(early, rows_of(usd=("50", "0")))
    take(balances, usd=("60", "0"))
    assert funds(balances, "USD") == ("60", "60")


def test_a_start_with_nothing_to_settle_needs_no_second_snapshot() -> None:
    balances = Balances()
    balances.hold()
    assert not balances.settled()


def test_a_fill_that_an_earlier_run_recorded_only_lessens_what_its_order_reserves() -> None:
    balances = balances_of(usd=("50", "20"), btc=("1", "0"))
    balances.hold()
    buy(balances, "1", 50, is_live=False)
    balances.fill("1", ("USD", Decimal(30)), ("BTC", Decimal(1)), is_in_total=True)
    balances.live("1")
    balances.settled()
    take(balances, usd=("50", "20"), btc=("1", "0"))
    assert funds(balances, "USD") == ("50", "70")


# Pushed balances.


def test_a_pushed_balance_is_taken_where_nothing_is_known_and_asks_for_a_snapshot_elsewhere() -> None:
    balances = Balances()
    balances.pushed(rows_of(usd=("70", "25")))
    assert funds(balances, "USD") == ("70", "95")
    balances.pushed(rows_of(usd=("70", "25")))
    assert not balances.needs_snapshot
    balances.pushed(rows_of(usd=("60", "25")))
    assert funds(balances, "USD") == ("70", "95")
    assert balances.needs_snapshot


amounts = st.integers(0, 10**18).map(lambda number: Decimal(number).scaleb(-8))
keys = st.sampled_from(["1", "2", "3"])
currencies = st.sampled_from(["BTC", "USD"])
happenings = st.one_of(
    st.tuples(st.just("reserve"), keys, currencies, currencies, amounts, st.booleans(), st.booleans()),
    st.tuples(st.just("live"), keys),
    st.tuples(st.just("fill"), keys, st.tuples(currencies, amounts), st.tuples(currencies, amounts), st.booleans()),
    st.tuples(st.just("release"), keys),
    st.tuples(st.just("lock_of_others"), keys, currencies, amounts),
    st.tuples(st.just("end_of_others"), keys, currencies, amounts),
    st.tuples(st.just("snapshot"), amounts, amounts, st.booleans()),
    st.tuples(st.just("pushed"), amounts, amounts),
)


@given(st.lists(happenings, max_size=40), amounts, amounts)
@settings(deadline=None, derandomize=True)
def test_whatever_is_told_funds_are_never_negative_nor_nan_and_a_confirmed_snapshot_mends_them(
    script: list[tuple[object, ...]], free: Decimal, locked: Decimal
) -> None:
    """Also where reports are lost, told twice, foreign, or make no sense at all."""
    balances = balances_of(btc=("1", "0"), usd=("100", "10"))
    for what, *values in script:
        if what == "snapshot":
            rows = [Balance("btc", values[0], values[1]), Balance("usd", values[1], values[0])]  # type: ignore[arg-type]
            with balances.snapshot() as snapshot:
                balances.compare(snapshot, rows)
                if values[2]:
                    balances.accept(snapshot)
        elif what == "pushed":
            balances.pushed([Balance("usd", values[0], values[1])])  # type: ignore[arg-type]
        elif what != "live" or balances.is_reserved(str(values[0])):
            getattr(balances, str(what))(*values)
        for amount in [*balances.available.values(), *balances.total.values()]:
            assert amount.is_finite()
            assert amount >= 0
    for key in ("1", "2", "3"):
        balances.release(key)
    final: Snapshot
    with balances.snapshot() as final:
        balances.compare(final, [Balance("btc", free, locked)])
        balances.accept(final)
    assert (balances.available, balances.total) == ({"BTC": free}, {"BTC": free + locked})
