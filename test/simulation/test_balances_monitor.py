"""`simulation.monitors.balances` on hand-made moments."""

from collections.abc import Mapping
from decimal import Decimal

from simulation.monitors.balances import BalanceMonitor, Knowledge, TakingOrder, unknowable
from simulation.monitors.violation import Property, Violation

FREE = {"USD": Decimal(100), "BTC": Decimal(2)}
NOTHING: Mapping[str, Decimal] = {}


def order(
    order_id: str, taken: int, creator: str, taken_at_s: float | None, is_market_buy: bool = False
) -> TakingOrder:
    return TakingOrder(order_id, "USD", Decimal(taken), is_market_buy, taken_at_s, creator)


def check(monitor: BalanceMonitor, usd: str, unknown: Mapping[str, Decimal] = NOTHING) -> list[Violation]:
    available = {"USD": Decimal(usd), "BTC": Decimal(2)}
    return list(monitor.check(7.0, "bot.1", available, FREE, lambda: unknown))


def test_what_the_exchange_would_grant_or_less_is_right() -> None:
    monitor = BalanceMonitor()
    assert check(monitor, "100") == []
    assert check(monitor, "60") == []


def test_the_smallest_excess_is_found_with_both_amounts() -> None:
    [violation] = check(BalanceMonitor(), "100.00000001")
    assert violation.broken is Property.BALANCES
    assert violation.who == "bot.1"
    assert violation.text == "100.00000001 USD are available, and the exchange would grant 100 (free: 100)"


def test_a_currency_that_the_exchange_does_not_have_grants_nothing() -> None:
    found = list(BalanceMonitor().check(1.0, "bot.1", {"DOGE": Decimal(1)}, FREE, lambda: NOTHING))
    assert [violation.text for violation in found] == [
        "1 DOGE are available, and the exchange would grant 0 (free: 0)"
    ]


def test_a_balance_that_stays_wrong_is_reported_once_and_again_after_it_was_right() -> None:
    monitor = BalanceMonitor()
    counts = [len(check(monitor, usd)) for usd in ("101", "102", "100", "101")]
    assert counts == [1, 0, 0, 1]


def test_what_nothing_has_shown_explains_so_much_and_no_more() -> None:
    unknown = {"USD": Decimal(5)}
    assert check(BalanceMonitor(), "105", unknown) == []
    assert len(check(BalanceMonitor(), "106", unknown)) == 1


def test_the_lock_of_an_own_limit_order_is_known_though_its_create_is_not_answered() -> None:
    knowledge = Knowledge("bot", 0.0, own_ids=(), given_up=0)
    assert unknowable([order("1", 10, "bot", None)], knowledge) == {}


def test_the_lock_of_an_own_market_buy_is_not() -> None:
    knowledge = Knowledge("bot", 9.0, own_ids=("1",), given_up=0)
    assert unknowable([order("1", 10, "bot", None, is_market_buy=True)], knowledge) == {"USD": Decimal(10)}


def test_the_lock_of_others_is_not_before_balances_were_read_after_it() -> None:
    orders = [order("1", 10, "", 5.0), order("2", 3, "second", 9.0), order("3", 1, "", None)]
    assert unknowable(orders, Knowledge("bot", 4.0, (), 0)) == {"USD": Decimal(14)}
    assert unknowable(orders, Knowledge("bot", 6.0, (), 0)) == {"USD": Decimal(4)}


def test_the_lock_of_an_order_that_was_given_up_is_not_before_the_journal_has_its_id() -> None:
    late = [order("1", 10, "bot", 5.0)]
    assert unknowable(late, Knowledge("bot", 4.0, (), given_up=1)) == {"USD": Decimal(10)}
    assert unknowable(late, Knowledge("bot", 4.0, ("1",), given_up=1)) == {}
    # Balances were read after it: its lock is one of others there.
    assert unknowable(late, Knowledge("bot", 6.0, (), given_up=1)) == {}
