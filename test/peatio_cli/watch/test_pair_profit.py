"""The profit of a hedged market is what both accounts have more, whatever the order of the fills."""

from decimal import Decimal, localcontext

from hypothesis import given
from hypothesis import strategies as st

from peatio_cli.report.profit import EXACT
from peatio_cli.watch.pair_profit import PairBook
from peatio_liquidity.figures import BookedFill, PairFigures
from peatio_liquidity.fills import Venue

ZERO, ONE = Decimal(0), Decimal(1)


def fill(
    is_buy: bool, amount: str, price: str, base_fee: str = "0", quote_fee: str = "0", venue: Venue = Venue.OWN
) -> BookedFill:
    size, total = Decimal(amount), Decimal(amount) * Decimal(price)
    sign = 1 if is_buy else -1
    fee = Decimal(base_fee) * Decimal(price) + Decimal(quote_fee)
    base, quote = sign * size - Decimal(base_fee), -sign * total - Decimal(quote_fee)
    return BookedFill(venue, is_buy, size, total, base, quote, fee, {}, None, 1.0)


def test_what_is_sold_and_bought_back_on_the_other_exchange_is_realised() -> None:
    book = PairBook()
    book.add(fill(False, "1", "101"))
    assert (book.inventory, book.cost, book.realised) == (Decimal(-1), Decimal(-101), Decimal(0))
    book.add(fill(True, "0.4", "100", venue=Venue.SOURCE))
    assert (book.inventory, book.cost, book.realised) == (Decimal("-0.6"), Decimal("-60.6"), Decimal("0.4"))
    book.add(fill(True, "0.6", "100", venue=Venue.SOURCE))
    assert (book.inventory, book.cost, book.realised, book.fees, book.fills) == (ZERO, ZERO, ONE, ZERO, 3)


def test_beyond_what_was_open_a_position_of_the_other_side_begins() -> None:
    book = PairBook()
    book.add(fill(True, "1", "100"))
    book.add(fill(False, "3", "110"))
    assert (book.inventory, book.cost, book.realised) == (Decimal(-2), Decimal(-220), Decimal(10))


def test_fees_are_counted_by_themselves_and_one_in_base_is_no_longer_there() -> None:
    book = PairBook()
    book.add(fill(True, "1", "100", base_fee="0.01"))
    assert (book.inventory, book.cost, book.realised, book.fees) == (Decimal("0.99"), Decimal(99), ZERO, ONE)
    book.add(fill(False, "0.99", "100", quote_fee="0.5"))
    assert (book.inventory, book.cost, book.realised, book.fees) == (ZERO, ZERO, ZERO, Decimal("1.5"))


_AMOUNTS = st.decimals("0.00000001", "1000", places=8)
_FILLS = st.builds(
    fill,
    st.booleans(),
    _AMOUNTS.map(str),
    st.decimals("0.01", "100000", places=2).map(str),
    base_fee=st.sampled_from(["0", "0.00000001", "0.0001"]),
    quote_fee=st.sampled_from(["0", "0.01"]),
)


@given(st.lists(_FILLS, max_size=30), st.decimals("0.01", "100000", places=2))
def test_realised_and_unrealised_less_fees_are_the_profit_of_the_report(
    fills: list[BookedFill], price: Decimal
) -> None:
    book = PairBook()
    with localcontext(EXACT):
        for one in fills:
            book.add(one)
        figures = PairFigures.of(fills)
        expected = figures.profit(price)
        assert expected is not None
        assert book.inventory == figures.net
        net = book.realised + book.inventory * price - book.cost - book.fees
        assert abs(net - expected) < Decimal("1e-30")
