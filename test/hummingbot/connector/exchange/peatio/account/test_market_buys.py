"""What market buys reserve: the exchange locks by its own estimate, and no report shows how much."""

from decimal import Decimal

from hummingbot.connector.exchange.peatio.account.balances import Balances

from test.hummingbot.connector.exchange.peatio.account.balance_support import (
    balances_of,
    buy,
    fill,
    funds,
    rows_of,
    take,
)


def market_buy(balances: Balances, key: str, estimate: int | None) -> None:
    """A market order that buys BTC for USD; None where its costs cannot be estimated."""
    amount = None if estimate is None else Decimal(estimate)
    balances.reserve(key, "USD", "BTC", amount, is_answered=False, is_market=True, is_estimate=True)


def test_a_market_buy_reserves_its_estimate() -> None:
    balances = balances_of(btc=("0", "0"), usd=("1000", "0"))
    market_buy(balances, "1", 319)
    assert funds(balances, "USD") == ("681", "1000")
    fill(balances, "1", 290, "0.00998")
    assert funds(balances, "USD") == ("681", "710")
    balances.release("1")
    assert funds(balances, "USD") == ("710", "710")


def test_a_market_buy_reserves_its_estimate_also_where_other_orders_seem_to_need_the_funds() -> None:
    """They may end before the exchange locks for it."""
    balances = balances_of(btc=("0", "0"), usd=("1000", "0"))
    buy(balances, "1", 900, is_live=False)
    market_buy(balances, "2", 319)
    assert funds(balances, "USD") == ("0", "1000")
    balances.release("1")
    assert funds(balances, "USD") == ("681", "1000")


def test_a_market_buy_without_an_estimate_reserves_everything_until_its_end() -> None:
    """What comes in or is freed meanwhile, too, by the end of another one as well (seed 93000)."""
    balances = balances_of(btc=("0", "0"), usd=("1000", "0"))
    buy(balances, "1", 300)
    market_buy(balances, "2", None)
    market_buy(balances, "3", None)
    balances.release("1")
    balances.fill("4", ("BTC", Decimal(0)), ("USD", Decimal(50)))
    take(balances, usd=("1050", "0"))
    fill(balances, "2", 200, 1)
    balances.release("2")
    assert funds(balances, "USD") == ("0", "850"), "the other one may have spent any part of it"
    fill(balances, "3", 100, 1)
    balances.release("3")
    assert funds(balances, "USD") == ("750", "750")


def test_an_estimate_that_is_higher_when_the_order_leaves_counts() -> None:
    balances = balances_of(btc=("0", "0"), usd=("1000", "0"))
    for estimate, available in ((319, "681"), (400, "600"), (300, "600"), (None, "0"), (319, "0")):
        market_buy(balances, "1", estimate)
        assert funds(balances, "USD") == (available, "1000")
    balances.reserve("1", "USD", "BTC", Decimal(500), is_answered=True, is_market=True, is_estimate=True)
    balances.release("1")
    assert funds(balances, "USD") == ("1000", "1000")


def test_an_estimate_hides_no_lock_of_others_while_balances_are_copied() -> None:
    """A market buy of the last run: it may lock less than estimated, and somebody else the rest."""
    balances = balances_of(usd=("590", "410"))
    balances.hold()
    market_buy(balances, "1", 319)
    take(balances, usd=("590", "410"))
    balances.release("1")
    assert funds(balances, "USD") == ("590", "1000")
    take(balances, usd=("900", "100"))
    assert funds(balances, "USD") == ("900", "1000")


def test_while_a_market_order_is_open_its_currency_is_not_corrected() -> None:
    """What it locks is not known: here more than its estimate. No more is available than the exchange has free."""
    balances = balances_of(usd=("1000", "0"))
    market_buy(balances, "1", 319)
    balances.reserve("1", "USD", "BTC", Decimal(319), is_answered=True, is_market=True, is_estimate=True)
    take(balances, is_confirmed=True, usd=("600", "400"))
    assert funds(balances, "USD") == ("600", "1000")
    with balances.snapshot() as snapshot:
        balances.release("1")
        balances.compare(snapshot, rows_of(usd=("600", "400")))
    assert funds(balances, "USD") == ("600", "1000"), "its lock may be in the snapshot"
    take(balances, usd=("1000", "0"))
    assert funds(balances, "USD") == ("1000", "1000")
