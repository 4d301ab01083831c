"""Which quotes are cancelled and which are created."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from peatio_liquidity.levels import Book, Level
from peatio_liquidity.matching import Tolerance
from peatio_liquidity.quotes import Changes, Quote, changes
from peatio_liquidity.request_budget import RequestBudget

D = Decimal

TOLERANCE = Tolerance(price=D("0.001"), amount=D("0.1"))


def bid(key: str, price: str, amount: str, is_ending: bool = False) -> Quote:
    return Quote(key, True, D(price), D(amount), is_ending)


def ask(key: str, price: str, amount: str, is_ending: bool = False) -> Quote:
    return Quote(key, False, D(price), D(amount), is_ending)


WANTED = Book(
    bids=(Level(D("100"), D(1)), Level(D("99"), D(2))),
    asks=(Level(D("101"), D(1)), Level(D("102"), D(2))),
)


def test_what_is_missing_is_created_the_best_first() -> None:
    assert changes([], WANTED, TOLERANCE).creates == (
        (True, WANTED.bids[0]),
        (False, WANTED.asks[0]),
        (False, WANTED.asks[1]),
        (True, WANTED.bids[1]),
    )


def test_what_is_off_by_less_than_the_tolerance_stays() -> None:
    quotes = [bid("b1", "100.1", "1.1"), bid("b2", "98.95", "1.8"), ask("a1", "101", "1"), ask("a2", "102", "2.2")]
    assert changes(quotes, WANTED, TOLERANCE) == Changes()


def test_what_is_off_by_more_is_replaced() -> None:
    quotes = [bid("b1", "100.2", "1"), bid("b2", "99", "1.7"), ask("a1", "101", "1"), ask("a2", "102", "2")]
    found = changes(quotes, WANTED, TOLERANCE)
    assert found.cancels == ("b1", "b2")
    assert found.creates == ((True, WANTED.bids[0]), (True, WANTED.bids[1]))


def test_one_quote_stands_for_one_level() -> None:
    wanted = Book(bids=(Level(D("100"), D(1)),))
    found = changes([bid("near", "100.01", "1"), bid("exact", "100", "1")], wanted, TOLERANCE)
    assert found == Changes(cancels=("near",))


def test_the_quote_that_reaches_farthest_goes_first_and_creates_wait() -> None:
    quotes = [bid("far", "98", "1"), bid("dangerous", "100.9", "1"), ask("high", "103", "1")]
    found = changes(quotes, WANTED, TOLERANCE)
    assert found.cancels == ("dangerous", "far", "high")
    assert found.within(2) == Changes(("dangerous", "far"))
    assert found.within(4) == Changes(found.cancels, found.creates[:1])
    assert found.requests == 7


def test_nothing_is_created_that_would_trade_with_a_quote_that_is_ending() -> None:
    quotes = [ask("old", "99.5", "1", is_ending=True)]
    found = changes(quotes, WANTED, TOLERANCE)
    assert found.cancels == ()
    assert (True, WANTED.bids[0]) not in found.creates
    assert (True, WANTED.bids[1]) in found.creates


def test_without_wanted_levels_everything_goes() -> None:
    quotes = [bid("b1", "100", "1"), ask("a1", "101", "1"), bid("ending", "99", "1", is_ending=True)]
    assert set(changes(quotes, Book(), TOLERANCE).cancels) == {"b1", "a1"}


PRICES = st.decimals("90", "110", places=1)
QUOTES = st.lists(st.tuples(st.booleans(), PRICES, st.booleans()), max_size=8)


@given(QUOTES, st.lists(PRICES, unique=True, max_size=5), st.integers(0, 10))
def test_changes_lead_to_the_wanted_levels_within_the_requests(
    live: list[tuple[bool, D, bool]], prices: list[D], requests: int
) -> None:
    quotes = [Quote(f"q{n}", is_bid, price, D(1), ending) for n, (is_bid, price, ending) in enumerate(live)]
    wanted = Book(
        tuple(Level(price, D(1)) for price in sorted((p for p in prices if p < 100), reverse=True)),
        tuple(Level(price, D(1)) for price in sorted(p for p in prices if p >= 100)),
    )
    exact = Tolerance(D(0), D(0))
    found = changes(quotes, wanted, exact)
    assert found.within(requests).requests <= requests
    kept = {q.client_order_id for q in quotes if not q.is_ending} - set(found.cancels)
    for is_bid in (True, False):
        stands = [q.price for q in quotes if q.client_order_id in kept and q.is_bid == is_bid]
        added = [level.price for side, level in found.creates if side == is_bid]
        assert len({*stands, *added}) == len(stands) + len(added)
        assert {*stands, *added} <= {level.price for level in wanted.side(is_bid)}
    # Once the cancelled ones are gone, a second look creates what the first one had to leave out, and nothing else.
    rest = [q for q in quotes if q.client_order_id in kept]
    rest += [Quote(f"new{n}", is_bid, level.price, level.amount) for n, (is_bid, level) in enumerate(found.creates)]
    second = changes(rest, wanted, exact)
    assert second.cancels == ()
    rest += [Quote(f"late{n}", is_bid, level.price, level.amount) for n, (is_bid, level) in enumerate(second.creates)]
    assert changes(rest, wanted, exact) == Changes()


def test_requests_fill_up_evenly_and_what_cannot_wait_is_paid_for_later() -> None:
    now_s = [0.0]
    budget = RequestBudget(60, lambda: now_s[0])
    assert budget.left == 60
    budget.take(60)
    assert budget.left == 0
    now_s[0] = 2.5
    assert budget.left == 2
    budget.take(10)
    assert budget.left == 0
    now_s[0] = 10.0
    assert budget.left == 0
    now_s[0] = 12.0
    assert budget.left == 2
    now_s[0] = 1000.0
    assert budget.left == 60
