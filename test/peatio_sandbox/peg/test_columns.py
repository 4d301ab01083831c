"""The arithmetic of a pegged coin, against the worked examples of the real code, to the satoshi."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peatio_sandbox.peg.balances import Balances, ShortOfFundsError
from peatio_sandbox.peg.columns import (
    BUFFER,
    COLUMNS,
    HIGHEST_PEG,
    level_of,
    liquid_of,
    minted,
    slice_of,
    split,
)

TEN_COINS = 1_000_000_000


@pytest.mark.parametrize(
    ("amount", "level", "liquid", "reserve"),
    [
        (TEN_COINS, 0, 1_000_000_000, 0),
        (TEN_COINS, 1, 990_000_000, 10_000_000),
        (TEN_COINS, 3, 970_299_000, 29_701_000),
        (TEN_COINS, 50, 605_006_085, 394_993_915),
        (TEN_COINS, 51, 598_956_025, 401_043_975),
        (TEN_COINS, 53, 587_036_801, 412_963_199),
        (TEN_COINS, 100, 366_032_371, 633_967_629),
        (TEN_COINS, 252, 79_445_499, 920_554_501),
        (TEN_COINS, 600, 2_405_058, 997_594_942),
        (TEN_COINS, 1199, 5_888, 999_994_112),
        (100, 1, 99, 1),
        (101, 3, 99, 2),
        (12_345, 50, 7_484, 4_861),
        (99, 1199, 99, 0),
    ],
)
def test_new_coins_are_split_as_the_real_code_splits_them(amount: int, level: int, liquid: int, reserve: int) -> None:
    columns = minted(amount)
    assert (liquid_of(columns, level), sum(columns[:level])) == (liquid, reserve)
    assert len(columns) == COLUMNS


def test_an_exchange_computes_with_a_buffer_of_three() -> None:
    assert BUFFER == 3
    assert level_of(51) == 54
    assert level_of(HIGHEST_PEG) == COLUMNS - 1
    assert liquid_of(minted(TEN_COINS), level_of(51)) == 581_166_433


def test_a_sequence_of_cycles_and_trades_comes_to_what_the_real_code_came_to() -> None:
    balances = Balances(level_of(51))
    balances.deposit("alice", TEN_COINS)
    balances.deposit("bob", 5 * TEN_COINS)

    def shown() -> tuple[int, int, int, int]:
        alice, bob = balances.holding("alice"), balances.holding("bob")
        return alice.liquid, alice.reserve, bob.liquid, bob.reserve

    assert shown() == (581_166_433, 418_833_567, 2_905_832_091, 2_094_167_909)
    balances.trade("bob", "alice", 200_000_000, "liquid")
    assert shown() == (781_166_433, 418_833_567, 2_705_832_091, 2_094_167_909)
    balances = balances.moved_to(level_of(53))
    assert shown() == (765_621_220, 434_378_780, 2_651_986_036, 2_148_013_964)
    balances = balances.moved_to(level_of(56))
    assert shown() == (742_881_503, 457_118_497, 2_573_219_402, 2_226_780_598)
    balances.trade("alice", "bob", 100_000_000, "reserve")
    assert shown() == (742_881_503, 357_118_497, 2_573_219_402, 2_326_780_598)
    balances = balances.moved_to(level_of(53))
    assert shown() == (760_646_644, 339_353_356, 2_656_960_612, 2_243_039_388)
    balances = balances.moved_to(level_of(50))
    assert shown() == (777_377_319, 322_622_681, 2_744_843_412, 2_155_156_588)


_AMOUNTS = st.integers(0, 10**17)
_LEVELS = st.integers(0, COLUMNS - 1)


@given(_AMOUNTS, _LEVELS)
def test_splitting_new_coins_loses_nothing(amount: int, level: int) -> None:
    reserve, liquid = split(minted(amount), level)
    assert sum(reserve) + sum(liquid) == amount
    assert min(reserve) >= 0
    assert min(liquid) >= 0


@given(_AMOUNTS, st.data())
def test_a_slice_is_exact_and_no_column_gives_more_than_it_has(amount: int, data: st.DataObject) -> None:
    columns = minted(amount)
    wanted = data.draw(st.integers(0, amount))
    part = slice_of(columns, wanted)
    assert sum(part) == wanted
    assert all(0 <= taken <= column for taken, column in zip(part, columns, strict=True))


@pytest.mark.parametrize("amount", [-1, 101])
def test_a_slice_of_what_is_not_there_is_refused(amount: int) -> None:
    with pytest.raises(ValueError, match=f"cannot take {amount} of 100"):
        slice_of(minted(100), amount)


_USERS = ("alice", "bobby", "carol")
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deposit"), st.sampled_from(_USERS), st.integers(0, 10**12)),
        st.tuples(
            st.just("trade"),
            st.sampled_from(_USERS),
            st.sampled_from(_USERS),
            st.integers(0, 10**12),
            st.sampled_from(("liquid", "reserve")),
        ),
        st.tuples(st.just("cycle"), _LEVELS),
        st.tuples(
            st.just("withdraw"),
            st.sampled_from(_USERS),
            st.integers(0, 10**12),
            st.sampled_from(("liquid", "reserve")),
        ),
    ),
    max_size=12,
)


@given(_STEPS)
def test_whatever_happens_the_sums_hold(steps: list[tuple[object, ...]]) -> None:
    balances = Balances(54)
    deposited = 0
    for step in steps:
        before = {name: (holding.liquid, holding.reserve) for name, holding in balances.holdings.items()}
        match step:
            case ("deposit", str(user), int(amount)):
                balances.deposit(user, amount)
                deposited += amount
            case ("trade", str(seller), str(buyer), int(amount), ("liquid" | "reserve") as style):
                _trade(balances, before, seller, buyer, amount, style)
            case ("withdraw", str(user), int(amount), ("liquid" | "reserve") as style):
                try:
                    balances.withdraw(user, amount, style)
                    deposited -= amount
                except ShortOfFundsError:
                    assert amount > before.get(user, (0, 0))[style == "reserve"]
            case ("cycle", int(level)):
                balances = balances.moved_to(level)
                assert {name: sum(pair) for name, pair in before.items()} == {
                    name: holding.liquid + holding.reserve for name, holding in balances.holdings.items()
                }
        holdings = balances.holdings.values()
        assert all(holding.liquid >= 0 and min(holding.reserve_columns) >= 0 for holding in holdings)
        assert sum(holding.liquid for holding in holdings) == balances.liquid
        assert balances.liquid + balances.reserve == deposited


def _trade(
    balances: Balances, before: dict[str, tuple[int, int]], seller: str, buyer: str, amount: int, style: str
) -> None:
    index = int(style == "reserve")
    has = before.get(seller, (0, 0))[index]
    try:
        balances.trade(seller, buyer, amount, "reserve" if index else "liquid")
    except ShortOfFundsError:
        assert amount > has
        return
    assert amount <= has
    after = {name: (holding.liquid, holding.reserve) for name, holding in balances.holdings.items()}
    if seller != buyer and amount:
        assert after[seller][index] == has - amount
        assert after[buyer][index] == before.get(buyer, (0, 0))[index] + amount
