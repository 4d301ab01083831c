"""What a cycle leaves of open orders."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peatio_sandbox.peg.rule import PeggedOrder, remaining_volumes

D = Decimal
STEP = D("0.001")


def sells(*volumes: str) -> list[PeggedOrder]:
    return [PeggedOrder(number, None, D(volume), STEP) for number, volume in enumerate(volumes, start=1)]


@pytest.mark.parametrize(
    ("total", "left"),
    [
        ("9", ["1", "2", "2"]),  # 4 are free
        ("5", ["1", "2", "2"]),  # the free ones have absorbed the loss
        ("2.5", ["0.5", "1", "1"]),
        ("0", ["0", "0", "0"]),
        ("4.9999", ["0.999", "1.999", "1.999"]),  # rounded down
    ],
)
def test_free_coins_absorb_first_then_orders_shrink_in_proportion(total: str, left: list[str]) -> None:
    remaining = remaining_volumes(D(total), sells("1", "2", "2"))
    assert list(remaining.values()) == [D(volume) for volume in left]


def test_a_buy_shrinks_so_that_what_it_locks_is_covered() -> None:
    orders = [PeggedOrder(1, D("0.5"), D("10"), STEP), PeggedOrder(2, None, D("5"), STEP)]
    assert remaining_volumes(D("5"), orders) == {1: D("5"), 2: D("2.5")}


_VOLUMES = st.decimals("0.001", "100000000", places=3)


@given(st.decimals("0", "1000000000", places=8), st.lists(_VOLUMES, max_size=6), st.decimals("0.01", "100", places=2))
def test_orders_never_need_more_than_there_is(total: Decimal, volumes: list[Decimal], price: Decimal) -> None:
    orders = [
        PeggedOrder(number, price if number % 2 else None, volume, STEP) for number, volume in enumerate(volumes)
    ]
    remaining = remaining_volumes(total, orders)
    needed = sum((order.lock(remaining[order.id]) for order in orders), D(0))
    wanted = sum((order.lock(order.wanted) for order in orders), D(0))
    assert needed <= max(total, D(0))
    assert all(D(0) <= remaining[order.id] <= order.wanted for order in orders)
    if wanted <= total:
        assert remaining == {order.id: order.wanted for order in orders}
