"""Available funds between two snapshots: case by case. `test_peatio_balances_model` has the general rule."""

from collections.abc import Callable
from decimal import Decimal

from hummingbot.connector.exchange.peatio.account.balances import EVENT_DELAY_S, Balances
from hummingbot.connector.exchange.peatio.common.messages import Balance, parse_balance
from hypothesis import given, settings
from hypothesis import strategies as st

from test.hummingbot.connector.exchange.peatio.recorded import RACES, answer

LONG_AFTER_S = 1000.0


def balances_of(**funds: tuple[str, str]) -> Balances:
    balances = Balances()
    balances.snapshot(rows_of(**funds), 0.0, 0.0)
    return balances


def rows_of(**funds: tuple[str, str]) -> list[Balance]:
    return [Balance(name, Decimal(free), Decimal(locked)) for name, (free, locked) in funds.items()]


def available(balances: Balances, currency: str) -> str:
    return f"{balances.available()[currency]:f}"


def total(balances: Balances, currency: str) -> str:
    return f"{balances.total()[currency]:f}"


def test_knows_nothing_before_the_first_snapshot() -> None:
    balances = Balances()
    assert balances.available() == {}
    assert balances.total() == {}
    assert not balances.needs_snapshot
    balances.lock("1", "USD", Decimal(10), 5.0)
    assert not balances.needs_snapshot  # the first one comes with the first poll


def test_takes_over_a_recorded_answer() -> None:
    balances = Balances()
    balances.snapshot([parse_balance(row) for row in answer("balances")], 0.0, 0.0)
    assert balances.available()["USD"] == Decimal(10000000)
    assert balances.total().keys() == {"BTC", "ETH", "TRST", "USD", "USDT"}


def test_a_currency_that_the_exchange_no_longer_tells_is_gone() -> None:
    balances = balances_of(btc=("1", "2"), usd=("3", "4"))
    balances.snapshot(rows_of(btc=("1", "2")), LONG_AFTER_S, LONG_AFTER_S)
    assert balances.available() == {"BTC": Decimal(1)}
    assert balances.total() == {"BTC": Decimal(3)}


def test_the_recorded_reject_of_an_overspending_order() -> None:
    """Of 5 USD an order of 3 USD locks 3; the second one of 3 is rejected and locks nothing."""
    balances = balances_of(usd=("5.0", "0.0"))
    balances.lock("24", "USD", Decimal("30000") * Decimal("0.0001"), LONG_AFTER_S)
    balances.release("25", LONG_AFTER_S)
    recorded = answer("balance", RACES)
    assert Decimal(available(balances, "USD")) == Decimal(recorded["balance"])
    assert Decimal(total(balances, "USD")) == Decimal(recorded["balance"]) + Decimal(recorded["locked"])


def test_a_buy_at_a_better_price_gets_the_difference_back_at_its_end() -> None:
    balances = balances_of(btc=("0", "0"), usd=("1000", "0"))
    balances.lock("1", "USD", Decimal(300), LONG_AFTER_S)
    balances.fill("1", ("USD", Decimal(290)), ("BTC", Decimal("0.00998")), LONG_AFTER_S)
    assert (available(balances, "USD"), total(balances, "USD")) == ("700", "710")
    assert available(balances, "BTC") == "0.00998"
    balances.release("1", LONG_AFTER_S)
    assert (available(balances, "USD"), total(balances, "USD")) == ("710", "710")


def test_what_a_market_order_spends_is_taken_from_the_free_funds() -> None:
    balances = balances_of(btc=("0", "0"), usd=("1000", "0"))
    balances.fill("1", ("USD", Decimal(290)), ("BTC", Decimal("0.00998")), LONG_AFTER_S)
    balances.release("1", LONG_AFTER_S)
    assert (available(balances, "USD"), total(balances, "USD")) == ("710", "710")
    assert available(balances, "BTC") == "0.00998"


def test_a_currency_without_an_account_so_far_is_received_as_well() -> None:
    balances = balances_of(usd=("1000", "0"))
    balances.fill("1", ("USD", Decimal(290)), ("DOGE", Decimal("12345.67890123")), LONG_AFTER_S)
    assert available(balances, "DOGE") == total(balances, "DOGE") == "12345.67890123"


def test_what_was_locked_before_the_start_is_others_and_stays_locked() -> None:
    balances = balances_of(usd=("900", "100"))
    balances.lock("1", "USD", Decimal(50), LONG_AFTER_S)
    balances.release("1", LONG_AFTER_S)
    assert (available(balances, "USD"), total(balances, "USD")) == ("900", "1000")


def test_free_funds_are_never_negative() -> None:
    balances = balances_of(usd=("100", "0"))
    balances.lock("1", "USD", Decimal(250), LONG_AFTER_S)
    assert (available(balances, "USD"), total(balances, "USD")) == ("0", "100")
    balances.fill("1", ("USD", Decimal(200)), ("BTC", Decimal(1)), LONG_AFTER_S)
    assert total(balances, "USD") == "0"


def test_asks_for_a_snapshot_after_every_change_and_is_content_with_one() -> None:
    balances = balances_of(usd=("100", "0"))
    assert not balances.needs_snapshot
    changes: list[Callable[[], None]] = [
        lambda: balances.lock("1", "USD", Decimal(50), LONG_AFTER_S),
        lambda: balances.fill("1", ("USD", Decimal(20)), ("BTC", Decimal(1)), LONG_AFTER_S),
        lambda: balances.release("1", LONG_AFTER_S),
    ]
    for change in changes:
        change()
        assert balances.needs_snapshot
        balances.snapshot(rows_of(usd=("100", "0")), LONG_AFTER_S, LONG_AFTER_S)
        assert not balances.needs_snapshot


def test_a_snapshot_that_tells_otherwise_than_the_events_is_counted() -> None:
    balances = balances_of(btc=("1", "0"), usd=("100", "0"))
    balances.lock("1", "USD", Decimal(10), LONG_AFTER_S)
    balances.snapshot(rows_of(btc=("1", "0"), usd=("90", "10")), LONG_AFTER_S + 1, LONG_AFTER_S + 1)
    assert balances.corrections == 0, "the first snapshot corrects nothing, and this one confirms"
    balances.snapshot(rows_of(btc=("3", "0"), usd=("80", "10")), 2 * LONG_AFTER_S, 2 * LONG_AFTER_S)
    assert balances.corrections == 2


def test_an_order_that_has_spent_its_whole_lock_frees_nothing() -> None:
    balances = balances_of(usd=("100", "0"))
    balances.lock("1", "USD", Decimal(50), LONG_AFTER_S)
    balances.fill("1", ("USD", Decimal(50)), ("BTC", Decimal(1)), LONG_AFTER_S)
    balances.snapshot(rows_of(usd=("50", "0"), btc=("1", "0")), LONG_AFTER_S, LONG_AFTER_S)
    balances.release("1", LONG_AFTER_S)
    assert available(balances, "USD") == "50"
    assert not balances.needs_snapshot


def test_pushed_balances_are_taken_as_they_are() -> None:
    balances = balances_of(usd=("100", "0"), btc=("1", "0"))
    balances.pushed(rows_of(usd=("70", "25")), LONG_AFTER_S)
    assert balances.available() == {"USD": Decimal(70), "BTC": Decimal(1)}
    assert balances.total() == {"USD": Decimal(95), "BTC": Decimal(1)}


def test_what_is_pushed_is_not_counted_a_second_time_by_the_orders_events() -> None:
    balances = balances_of(usd=("100", "0"), btc=("1", "0"))
    balances.pushed(rows_of(usd=("50", "50")), LONG_AFTER_S)
    balances.lock("1", "USD", Decimal(50), LONG_AFTER_S)
    assert available(balances, "USD") == "50"
    balances.pushed(rows_of(usd=("50", "0")), LONG_AFTER_S)
    balances.fill("1", ("USD", Decimal(50)), ("BTC", Decimal(2)), LONG_AFTER_S)
    assert balances.total() == {"USD": Decimal(50), "BTC": Decimal(3)}, "bitcoins were not pushed yet, so they count"
    balances.pushed(rows_of(btc=("3", "0")), LONG_AFTER_S)
    balances.release("1", LONG_AFTER_S)
    assert balances.available() == {"USD": Decimal(50), "BTC": Decimal(3)}
    assert balances.needs_snapshot


def test_a_snapshot_that_may_be_older_than_a_push_does_not_undo_it() -> None:
    balances = balances_of(usd=("100", "0"), btc=("1", "0"))
    balances.pushed(rows_of(usd=("50", "50")), LONG_AFTER_S + 1)
    balances.snapshot(rows_of(usd=("100", "0"), btc=("2", "0")), LONG_AFTER_S, LONG_AFTER_S + 2)
    assert balances.total() == {"USD": Decimal(100), "BTC": Decimal(2)}
    assert available(balances, "USD") == "50"
    balances.snapshot(rows_of(usd=("80", "0"), btc=("2", "0")), LONG_AFTER_S + 3, LONG_AFTER_S + 4)
    assert available(balances, "USD") == "80"


amounts = st.integers(0, 10**18).map(lambda number: Decimal(number).scaleb(-8))
order_ids = st.sampled_from(["1", "2", "3"])
currencies = st.sampled_from(["BTC", "USD"])
happenings = st.one_of(
    st.tuples(st.just("lock"), order_ids, currencies, amounts),
    st.tuples(st.just("fill"), order_ids, st.tuples(currencies, amounts), st.tuples(currencies, amounts)),
    st.tuples(st.just("release"), order_ids),
    st.tuples(st.just("snapshot"), amounts, amounts, st.floats(0, 1)),
    st.tuples(st.just("pushed"), amounts, amounts),
    st.tuples(st.just("pause"), st.floats(0, 3)),
)


@given(st.lists(happenings, max_size=40), amounts, amounts)
@settings(deadline=None, derandomize=True)
def test_whatever_is_told_funds_are_never_negative_nor_nan_and_a_quiet_snapshot_mends_them(
    script: list[tuple[object, ...]], free: Decimal, locked: Decimal
) -> None:
    """Also where events are lost, told twice, foreign, late, or make no sense at all."""
    balances = balances_of(btc=("1", "0"), usd=("100", "10"))
    now_s = 0.0
    for what, *values in script:
        if what == "pause":
            now_s += values[0]  # type: ignore[operator]
        elif what == "snapshot":
            rows = [Balance("btc", values[0], values[1]), Balance("usd", values[1], values[0])]  # type: ignore[arg-type]
            balances.snapshot(rows, now_s - values[2], now_s)  # type: ignore[operator]
        elif what == "pushed":
            balances.pushed([Balance("usd", values[0], values[1])], now_s)  # type: ignore[arg-type]
        else:
            getattr(balances, str(what))(*values, now_s)
        for amount in [*balances.available().values(), *balances.total().values()]:
            assert amount.is_finite()
            assert amount >= 0
    now_s += EVENT_DELAY_S
    balances.snapshot([Balance("btc", free, locked)], now_s, now_s)
    assert balances.available() == {"BTC": free}
    assert balances.total() == {"BTC": free + locked}
