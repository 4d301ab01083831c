"""What a snapshot shows to be gone, or not there, bounds what is available until another one shows more."""

from decimal import Decimal

from hummingbot.connector.exchange.peatio.account.balances import Balances

from test.hummingbot.connector.exchange.peatio.account.balance_support import (
    balances_of,
    buy,
    funds,
    rows_of,
    take,
)


def test_the_end_of_an_order_that_was_never_placed_does_not_bring_out_a_difference_that_it_hid() -> None:
    balances = balances_of(usd=("1000", "0"), btc=("1", "0"))
    buy(balances, "lost", 700, is_answered=False, is_live=False)
    # A fill of an earlier run is counted although the first snapshot had it: 130 more than there is.
    balances.fill("former", ("BTC", Decimal(0)), ("USD", Decimal(130)))
    take(balances, usd=("1000", "0"), btc=("1", "0"))
    assert funds(balances, "USD") == ("300", "1130"), "the exchange has not locked anything yet"
    balances.release("lost")
    assert funds(balances, "USD") == ("1000", "1130"), "no more than the exchange had free"
    take(balances, is_confirmed=True, usd=("1000", "0"), btc=("1", "0"))
    assert funds(balances, "USD") == ("1000", "1000")


def test_what_reports_free_after_a_snapshot_is_available() -> None:
    balances = balances_of(usd=("1000", "0"), btc=("1", "0"))
    buy(balances, "1", 300)
    take(balances, usd=("700", "300"), btc=("1", "0"))
    balances.release("1")
    assert funds(balances, "USD") == ("1000", "1000")
    balances.fill("2", ("BTC", Decimal("0.1")), ("USD", Decimal(50)))
    assert funds(balances, "USD") == ("1050", "1050")


def test_an_order_that_goes_live_does_not_bring_out_a_difference_that_it_hid() -> None:
    balances = balances_of(usd=("1000", "0"), btc=("1", "0"))
    buy(balances, "1", 300, is_live=False)
    # A late order of a former process has spent 200, without a report.
    take(balances, usd=("800", "0"), btc=("1", "0"))
    assert funds(balances, "USD") == ("500", "1000"), "what is locked shows that it is not live there"
    balances.live("1")
    assert funds(balances, "USD") == ("500", "1000"), "the exchange has locked 300 of the 800"


def test_a_lock_that_a_snapshot_has_already_is_counted_once() -> None:
    balances = balances_of(usd=("1000", "0"), btc=("1", "0"))
    buy(balances, "1", 300, is_live=False)
    take(balances, usd=("700", "300"), btc=("1", "0"))
    balances.live("1")
    assert funds(balances, "USD") == ("700", "1000")


def test_a_fill_that_was_booked_before_the_copied_snapshot_is_in_its_total() -> None:
    balances = Balances()
    with balances.snapshot(requested_at_s=1000.5) as snapshot:
        balances.compare(snapshot, rows_of(usd=("1000", "0"), btc=("1", "0")))
    # An order of an earlier run that turned up after its settlement: sold in second 998, 999 and 1000.
    balances.fill("former", ("BTC", Decimal("0.1")), ("USD", Decimal(50)), at_s=998.0)
    balances.fill("former", ("BTC", Decimal("0.1")), ("USD", Decimal(50)), at_s=999.0)
    assert funds(balances, "USD") == ("1000", "1000")
    balances.fill("former", ("BTC", Decimal("0.1")), ("USD", Decimal(50)), at_s=1000.0)
    assert funds(balances, "BTC") == ("0.9", "0.9"), "it may have been booked after the request"


def test_what_a_fill_brought_in_that_a_copied_snapshot_may_have_counts_with_the_next_one() -> None:
    """Of an order of an earlier run that turned up after its settlement (mirror seed 1057)."""
    balances = Balances()
    with balances.snapshot(requested_at_s=1000.5) as snapshot:
        snapshot.answered_at_s = 1010.2
        balances.compare(snapshot, rows_of(usd=("1000", "0"), btc=("1", "0")))
    for at_s in (1000.0, 1010.0, 1011.0):
        balances.fill("former", ("BTC", Decimal(0)), ("USD", Decimal(50)), at_s=at_s)
        assert funds(balances, "USD") == ("1000", "1000")
    balances.fill("former", ("BTC", Decimal(0)), ("USD", Decimal(50)), at_s=1012.0)
    assert funds(balances, "USD") == ("1050", "1050"), "it was booked after the answer"
    take(balances, is_confirmed=True, usd=("1150", "0"), btc=("1", "0"))
    assert funds(balances, "USD") == ("1150", "1150")


def test_what_a_snapshot_showed_to_be_gone_stays_gone_while_a_market_buy_is_open() -> None:
    """What the buy locks is an estimate, so the next snapshot neither shows the difference nor that it has ended."""
    balances = balances_of(usd=("1000", "0"))
    take(balances, usd=("900", "0"))
    balances.reserve("1", "USD", "BTC", Decimal(319), is_answered=False, is_market=True, is_estimate=True)
    take(balances, usd=("590", "310"))
    assert funds(balances, "USD") == ("581", "1000")
    balances.release("1")
    assert funds(balances, "USD") == ("900", "1000")


def test_what_a_snapshot_showed_to_be_gone_returns_while_a_market_buy_is_open() -> None:
    balances = balances_of(usd=("1000", "0"))
    take(balances, usd=("900", "0"))
    balances.reserve("1", "USD", "BTC", Decimal(319), is_answered=False, is_market=True, is_estimate=True)
    take(balances, usd=("1000", "0"))
    assert funds(balances, "USD") == ("681", "1000")


def test_funds_that_are_gone_are_noticed_while_a_market_sell_is_open() -> None:
    """It locks its volume and no other amount."""
    balances = balances_of(btc=("10", "0"))
    balances.reserve("1", "BTC", "USD", Decimal(2), is_answered=False, is_market=True)
    take(balances, btc=("6", "2"))
    assert funds(balances, "BTC") == ("6", "10")


def test_the_bound_of_the_last_clear_snapshot_holds_while_a_market_buy_is_open() -> None:
    """An order that was never placed hid funds that somebody else took; its end comes after an unclear snapshot."""
    balances = balances_of(usd=("1000", "0"))
    buy(balances, "1", 100, is_answered=False, is_live=False)
    take(balances, usd=("900", "0"))
    balances.reserve("2", "USD", "BTC", Decimal(319), is_answered=False, is_market=True, is_estimate=True)
    take(balances, usd=("590", "310"))
    balances.release("1")
    assert funds(balances, "USD") == ("581", "1000")
    balances.release("2")
    assert funds(balances, "USD") == ("900", "1000")


def test_an_order_that_is_placed_after_a_snapshot_lowers_its_bound_at_once() -> None:
    """Not with the report of its lock only: the exchange locks before it reports."""
    balances = balances_of(usd=("1000", "0"))
    buy(balances, "lost", 100, is_answered=False, is_live=False)
    take(balances, usd=("900", "0"))
    buy(balances, "1", 300, is_live=False)
    balances.release("lost")
    assert funds(balances, "USD") == ("600", "1000")
    balances.live("1")
    assert funds(balances, "USD") == ("600", "1000")
    balances.release("1")
    assert funds(balances, "USD") == ("900", "1000")


# Funds that somebody took without a report, while orders of ours hide it (docs/simulation.md).


def test_an_end_that_a_snapshot_may_have_makes_nothing_available_before_the_next_one() -> None:
    """A late order of a former process has spent 200, and the end of ours is in the snapshot and reported later."""
    balances = balances_of(usd=("1000", "0"), btc=("1", "0"))
    buy(balances, "1", 300)
    take(balances, usd=("800", "0"))
    balances.release("1")
    assert funds(balances, "USD") == ("800", "1000")
    take(balances, is_confirmed=True, usd=("800", "0"))
    assert funds(balances, "USD") == ("800", "800")


def test_an_income_that_a_snapshot_may_have_makes_nothing_available_before_the_next_one() -> None:
    """What came in hid that somebody spent as much."""
    balances = balances_of(usd=("1000", "0"), btc=("5", "0"))
    balances.reserve("1", "BTC", "USD", Decimal(1), is_answered=True)
    balances.live("1")
    take(balances, usd=("900", "0"), btc=("4", "0.5"))
    balances.fill("1", ("BTC", Decimal("0.5")), ("USD", Decimal(60)))
    assert funds(balances, "USD") == ("900", "1060"), "160 were spent, and 60 are in it"


def test_what_an_order_earns_that_was_written_down_after_a_snapshot_is_available() -> None:
    balances = balances_of(usd=("1000", "0"), btc=("5", "0"))
    take(balances, usd=("900", "0"), btc=("5", "0"))
    balances.reserve("1", "BTC", "USD", Decimal(1), is_answered=True)
    balances.fill("1", ("BTC", Decimal(1)), ("USD", Decimal(60)))
    assert funds(balances, "USD") == ("960", "1060")


def test_an_order_that_goes_live_late_keeps_the_bound() -> None:
    """A snapshot with the lock of a pending order was no bound any more once another one went live (seed 50037)."""
    balances = balances_of(usd=("1000", "0"), btc=("1", "0"))
    buy(balances, "lost", 200, is_answered=False, is_live=False)
    buy(balances, "1", 300, is_live=False)
    # Somebody has spent 150; order 1 is locked, and reported later.
    take(balances, usd=("550", "300"), btc=("1", "0"))
    balances.live("1")
    balances.release("lost")
    assert funds(balances, "USD") == ("550", "1000")
    balances.release("1")
    assert funds(balances, "USD") == ("850", "1000")


def test_an_older_snapshot_that_comes_later_is_no_bound() -> None:
    balances = balances_of(usd=("1000", "0"))
    with balances.snapshot() as older:
        take(balances, usd=("700", "0"))
        balances.compare(older, rows_of(usd=("1000", "0")))
    assert funds(balances, "USD") == ("700", "1000")


def test_more_locks_than_can_be_compared_with_what_is_locked_explain_nothing() -> None:
    """Their sums are too many; each order may be locked or not."""
    balances = balances_of(usd=("100000", "0"))
    for number in range(20):
        buy(balances, str(number), 2**number, is_live=False)
    take(balances, usd=(str(100000 - 2**19 // 2**3), str(2**19 // 2**3)))
    assert Decimal(0) <= balances.available["USD"] <= 100000


def test_what_a_new_order_spends_is_gone_although_its_fill_seems_older_than_the_copied_snapshot() -> None:
    """The exchange's clock is read in whole seconds, and was a second ahead of the truth (seed 70044)."""
    balances = Balances()
    with balances.snapshot(requested_at_s=1001.3) as snapshot:
        balances.compare(snapshot, rows_of(usd=("1000", "0"), btc=("1", "0")))
    buy(balances, "1", 300, is_answered=False, is_live=False)
    balances.live("1")
    balances.fill("1", ("USD", Decimal(300)), ("BTC", Decimal("0.01")), at_s=1000.0)
    balances.release("1")
    assert funds(balances, "USD") == ("700", "700")


def test_a_fill_that_a_copied_snapshot_has_frees_nothing_that_others_lock() -> None:
    """It is reported after the copy, by which others seemed to lock as much less as it had cost (seed 94016)."""
    balances = Balances()
    balances.hold()
    buy(balances, "adopted", 300)
    balances.settled()
    with balances.snapshot(requested_at_s=1000.5) as snapshot:
        # 270 of the 300 are spent; another order of the account locks 360.
        balances.compare(snapshot, rows_of(usd=("1000", "390"), btc=("1", "0")))
    assert funds(balances, "USD") == ("1000", "1390")
    balances.fill("adopted", ("USD", Decimal(270)), ("BTC", Decimal(1)), at_s=998.0)
    assert funds(balances, "USD") == ("1000", "1390")
    balances.release("adopted")
    assert funds(balances, "USD") == ("1000", "1390"), "the snapshot may have its end"
    take(balances, is_confirmed=True, usd=("1030", "360"), btc=("1", "0"))
    assert funds(balances, "USD") == ("1030", "1390")


def test_what_is_placed_after_a_copied_snapshot_is_free_at_its_end() -> None:
    balances = Balances()
    balances.hold()
    buy(balances, "adopted", 300)
    balances.settled()
    take(balances, usd=("1000", "300"), btc=("1", "0"))
    buy(balances, "new", 200)
    assert funds(balances, "USD") == ("800", "1300")
    balances.release("new")
    assert funds(balances, "USD") == ("1000", "1300")


def test_an_end_during_a_snapshot_frees_nothing_where_more_is_gone_than_was_reported() -> None:
    """The snapshot may have the end already, and locks of others that are not reported yet (seed 97537)."""
    balances = balances_of(usd=("1000", "0"), btc=("1", "0"))
    buy(balances, "1", 200)
    buy(balances, "2", 100)
    take(balances, usd=("700", "300"), btc=("1", "0"))
    with balances.snapshot() as snapshot:
        balances.release("1")
        assert funds(balances, "USD") == ("900", "1000")
        # The 200 are free again, and another order of the account has locked 550.
        balances.compare(snapshot, rows_of(usd=("350", "650"), btc=("1", "0")))
    assert funds(balances, "USD") == ("350", "1000")
    take(balances, is_confirmed=True, usd=("350", "650"), btc=("1", "0"))
    assert funds(balances, "USD") == ("350", "1000")
    balances.release("2")
    assert funds(balances, "USD") == ("450", "1000")


def started_with_an_order(**copied: tuple[str, str]) -> Balances:
    """The last run's order was open when it was asked for; the balances that are copied then may have its end."""
    balances = Balances()
    balances.hold()
    buy(balances, "1", 100)
    balances.settled()
    with balances.snapshot(requested_at_s=1000.0) as snapshot:
        snapshot.answered_at_s = 1000.5
        balances.compare(snapshot, rows_of(**copied))
    return balances


def test_an_end_that_was_in_the_copied_balances_makes_nothing_available_however_late_it_is_reported() -> None:
    """So much more of the 300 that are locked seemed to be the order's, and as much less others'."""
    balances = started_with_an_order(usd=("500", "300"))
    take(balances, usd=("500", "300"))
    balances.release("1")
    assert funds(balances, "USD") == ("500", "800")
    take(balances, is_confirmed=True, usd=("500", "300"))
    buy(balances, "2", 50)
    assert funds(balances, "USD") == ("450", "800")


def test_an_end_that_was_not_in_the_copied_balances_counts_with_the_next_ones() -> None:
    balances = started_with_an_order(usd=("500", "300"))
    take(balances, usd=("500", "300"))
    balances.release("1")
    take(balances, usd=("600", "200"))
    assert funds(balances, "USD") == ("600", "800")
    buy(balances, "2", 50)
    take(balances, usd=("550", "250"))
    balances.release("2")
    assert funds(balances, "USD") == ("600", "800"), "from then on ends count at once"


def test_an_old_answer_does_not_seem_to_have_what_others_locked_after_it() -> None:
    """The end that was in the copied balances, and an order by hand of just its size."""
    balances = started_with_an_order(usd=("500", "300"))
    with balances.snapshot() as snapshot:
        balances.release("1")
        rows = rows_of(usd=("500", "300"))
        balances.lock_of_others("by hand", "USD", Decimal(100))
        balances.compare(snapshot, rows)
    assert funds(balances, "USD") == ("400", "800")


def test_locks_that_are_reported_while_balances_are_copied_may_not_be_in_them() -> None:
    """Others' and our own."""
    for is_own in (False, True):
        balances = Balances()
        balances.hold()
        buy(balances, "1", 100, is_live=False)
        with balances.snapshot() as snapshot:
            rows = rows_of(usd=("500", "300"))
            if is_own:
                balances.live("1")
            else:
                balances.lock_of_others("by hand", "USD", Decimal(50))
            balances.compare(snapshot, rows)
        assert funds(balances, "USD") == ("400" if is_own else "350", "800")


def test_what_a_fill_of_the_last_run_brings_in_counts_with_the_next_balances_where_clocks_are_off() -> None:
    balances = started_with_an_order(usd=("500", "200"), btc=("2", "0"))
    balances.fill("1", ("USD", Decimal(100)), ("BTC", Decimal(1)), at_s=1010.0)
    assert funds(balances, "BTC")[0] == "2", "the copied balances had it, and the exchange's clock was ahead"


def test_an_end_that_was_in_pushed_balances_makes_nothing_available() -> None:
    """Of a currency that the last answer had no row of."""
    balances = balances_of(btc=("1", "0"))
    buy(balances, "1", 100)
    balances.pushed(rows_of(usd=("500", "300")))
    balances.release("1")
    assert funds(balances, "USD") == ("500", "800")


def test_a_lock_of_others_that_an_old_answer_has_not_yet_lowers_what_is_available() -> None:
    """Somebody has taken something besides, without a report, so that what is locked explains nothing."""
    balances = balances_of(usd=("500", "300"))
    take(balances, usd=("490", "310"))
    with balances.snapshot() as snapshot:
        rows = rows_of(usd=("490", "310"))
        balances.lock_of_others("by hand", "USD", Decimal(50))
        balances.compare(snapshot, rows)
    assert funds(balances, "USD") == ("440", "800")
    take(balances, is_confirmed=True, usd=("440", "360"))
    assert funds(balances, "USD") == ("440", "800")


def test_an_order_whose_end_is_reported_later_hides_nothing_that_others_lock() -> None:
    """Its fills are missing, or another order may have its place (pegged seed 90857)."""
    balances = balances_of(usd=("1000", "0"), btc=("1", "0"))
    buy(balances, "1", 300)
    take(balances, usd=("700", "300"), btc=("1", "0"))
    balances.end_seen("1")
    assert funds(balances, "USD") == ("700", "1000")
    # Somebody else's order has locked 200, without a report.
    take(balances, is_confirmed=True, usd=("800", "200"), btc=("1", "0"))
    assert funds(balances, "USD") == ("500", "1000"), "the order may go on as another one"
    balances.release("1")
    assert funds(balances, "USD") == ("800", "1000")


def test_an_order_that_goes_on_as_another_one_locks_what_that_one_does() -> None:
    balances = balances_of(usd=("1000", "0"), btc=("1", "0"))
    buy(balances, "1", 300)
    balances.end_seen("1")
    take(balances, is_confirmed=True, usd=("750", "250"), btc=("1", "0"))
    balances.live("1", Decimal(250))
    take(balances, is_confirmed=True, usd=("750", "250"), btc=("1", "0"))
    assert funds(balances, "USD") == ("750", "1000")
    balances.release("1")
    assert funds(balances, "USD") == ("1000", "1000")


def test_what_balances_have_locked_for_an_order_that_is_given_up_does_not_become_available() -> None:
    """It was stored too late to be surely this bot's, and nothing reported it (seed 100363)."""
    balances = balances_of(usd=("1000", "0"), btc=("1", "0"))
    buy(balances, "late", 700, is_answered=False, is_live=False)
    take(balances, usd=("300", "700"), btc=("1", "0"))
    balances.release("late")
    assert funds(balances, "USD") == ("300", "1000")
    take(balances, is_confirmed=True, usd=("300", "700"), btc=("1", "0"))
    assert funds(balances, "USD") == ("300", "1000")


def test_an_order_that_was_refused_is_free_at_once_where_nothing_is_locked_for_it() -> None:
    balances = balances_of(usd=("1000", "0"), btc=("1", "0"))
    buy(balances, "refused", 700, is_answered=False, is_live=False)
    take(balances, usd=("1000", "0"), btc=("1", "0"))
    balances.release("refused")
    assert funds(balances, "USD") == ("1000", "1000")


def test_an_order_that_was_answered_after_its_lock_was_seen_is_free_at_its_end() -> None:
    balances = balances_of(usd=("1000", "0"), btc=("1", "0"))
    buy(balances, "1", 700, is_answered=False, is_live=False)
    take(balances, usd=("300", "700"), btc=("1", "0"))
    balances.reserve("1", "USD", "BTC", Decimal(700), is_answered=True)
    balances.live("1")
    balances.release("1")
    assert funds(balances, "USD") == ("1000", "1000")
