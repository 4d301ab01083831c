"""Profit at average cost, by examples and beside a plain ledger of balances in exact fractions."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from peatio_cli.report.fill import Fill
from peatio_cli.report.rates import Rates
from peatio_cli.report.valuation import MarketName, valued
from test.peatio_cli.report.fills import D, figures_of, fill

MID, BNB_PRICE = D("31000.123456789"), D("612.3456")
# Divisions are rounded at 96 digits.
TOLERANCE = Fraction(1, 10**30)
NAME = MarketName("peatio", "BTC-USD")


def test_a_round_trip_earns_the_difference() -> None:
    figures = figures_of(fill("buy", "2", "100"), fill("sell", "2", "110"))
    assert (figures.realised, figures.inventory, figures.cost, figures.opening) == (D(20), D(0), D(0), D(0))
    assert figures.average_cost is None


def test_a_sell_takes_from_the_inventory_at_average_cost() -> None:
    figures = figures_of(fill("buy", "1", "100"), fill("buy", "3", "120"), fill("sell", "2", "130"))
    assert figures.average_cost == D(115)
    assert (figures.realised, figures.inventory, figures.cost) == (D(30), D(2), D(230))


def test_what_was_not_bought_before_comes_from_the_opening_inventory_at_the_first_price() -> None:
    figures = figures_of(fill("sell", "1", "110"), fill("buy", "1", "100"), fill("sell", "3", "112"))
    assert figures.opening == D(3)
    assert figures.opening_price == D(110)
    assert figures.realised == D(0) + (112 - 100) + 2 * (112 - 110)
    assert figures.net_change == D(-3)


def test_a_fee_in_base_leaves_the_inventory_at_the_price_of_the_fill() -> None:
    figures = figures_of(fill("buy", "1", "100", fee="0.01 BTC"))
    assert (figures.inventory, figures.cost, figures.fees_in_quote) == (D("0.99"), D(99), D(1))
    assert figures.average_cost == D(100)
    assert figures.realised == D(0)


def test_a_fee_in_quote_is_no_part_of_the_realised_profit() -> None:
    figures = figures_of(fill("buy", "1", "100"), fill("sell", "1", "110", fee="0.5 USD"))
    assert (figures.realised, figures.fees_in_quote) == (D(10), D("0.5"))


def test_both_sides_of_a_trade_with_oneself_count() -> None:
    figures = figures_of(
        fill("buy", "1", "100", order_id="1", trade_id="7", fee="0.001 BTC"),
        fill("sell", "1", "100", order_id="2", trade_id="7", fee="0.1 USD"),
    )
    assert (figures.buys, figures.sells, figures.base_volume) == (1, 1, D(2))
    assert figures.net_change == D("-0.001")


def test_no_digit_is_lost_of_amounts_with_thirty_two() -> None:
    amount, price = "9999999999999999.1234567890123456", "0.0000000000000003"
    sell, buy = fill("sell", amount, price), fill("buy", amount, price)
    figures = figures_of(sell, buy, buy)
    exact = Fraction(D(amount))
    assert Fraction(figures.inventory) == 2 * exact
    assert Fraction(figures.cost) == 2 * exact * Fraction(D(price))
    assert Fraction(figures.opening) == exact
    assert Fraction(figures.quote_volume) == 3 * exact * Fraction(D(price))
    assert figures.realised == 0


def numbers(places: int, greatest: str) -> st.SearchStrategy[Decimal]:
    return st.decimals(min_value=D(1).scaleb(-places), max_value=D(greatest), places=places)


FILLS = st.lists(
    st.builds(
        lambda is_buy, amount, price, rate, currency: fill(
            "buy" if is_buy else "sell",
            f"{amount:f}",
            f"{price:f}",
            fee=f"{(amount if currency == 'BTC' else amount * price) * rate:f} {currency}",
        ),
        st.booleans(),
        numbers(16, "1000"),
        numbers(8, "90000"),
        st.sampled_from([D(0), D("0.001"), D("0.0123"), D("-0.0002")]),
        st.sampled_from(["BTC", "USD", "BNB"]),
    ),
    min_size=1,
    max_size=30,
)


@given(FILLS)
@settings(max_examples=150, deadline=None)
def test_the_profit_is_what_a_plain_ledger_has_more_at_the_end(fills: list[Fill]) -> None:
    """The ledger knows no inventory and no cost: only balances, and what had to be there at the beginning."""
    balances = {"BTC": Fraction(0), "USD": Fraction(0), "BNB": Fraction(0)}
    needed = Fraction(0)
    for one in fills:
        sign = 1 if one.is_buy else -1
        balances["BTC"] += sign * Fraction(one.amount)
        balances["USD"] -= sign * Fraction(one.total)
        balances[one.fee_currency] -= Fraction(one.fee)
        needed = max(needed, -balances["BTC"])
    figures = figures_of(*fills)
    market = valued(NAME, figures, MID, Rates({"BNB-USD": BNB_PRICE}), "USD")

    assert Fraction(figures.opening) == needed
    assert Fraction(figures.net_change) == balances["BTC"]
    opening_gain = needed * (Fraction(MID) - Fraction(fills[0].price))
    worth = balances["USD"] + balances["BTC"] * Fraction(MID) + balances["BNB"] * Fraction(BNB_PRICE)
    assert market.net is not None
    assert abs(Fraction(market.net) - (worth + opening_gain)) < TOLERANCE


@given(FILLS)
@settings(max_examples=100, deadline=None)
def test_what_was_realised_is_the_same_lot_by_lot(fills: list[Fill]) -> None:
    """Every unit in the inventory has the same cost; the ledger keeps it as one number and multiplies."""
    held, unit_cost, realised = Fraction(0), Fraction(0), Fraction(0)
    for one in fills:
        base_fee = Fraction(one.fee) if one.fee_currency == "BTC" else Fraction(0)
        price = Fraction(one.price)
        if one.is_buy:
            received = Fraction(one.amount) - base_fee
            held, unit_cost = held + received, (held * unit_cost + received * price) / (held + received)
            continue
        given_away = Fraction(one.amount) + base_fee
        from_held = min(held, given_away)
        realised += from_held * (price - unit_cost) + (given_away - from_held) * (price - Fraction(fills[0].price))
        held -= from_held
    figures = figures_of(*fills)
    assert Fraction(figures.inventory) == held
    assert abs(Fraction(figures.realised) - realised) < TOLERANCE
    assert abs(Fraction(figures.cost) - held * unit_cost) < TOLERANCE
