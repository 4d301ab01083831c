"""Which executed volume without a trade is a resize: only time tells."""

from decimal import Decimal

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.resizes.looks import Looks

D = Decimal


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_two_looks_at_least_five_seconds_apart_decide() -> None:
    clock = Clock()
    looks = Looks(clock)
    assert looks.on_look("a", D(3)) == 0
    assert looks.next_s("a") == CONSTANTS.RESIZE_LOOKS_S == 5.0
    clock.now_s += 4.9
    assert looks.on_look("a", D(3)) == 0
    clock.now_s += 0.1
    assert looks.on_look("a", D(3)) == 3


def test_a_trade_between_the_looks_leaves_less_to_explain() -> None:
    clock = Clock()
    looks = Looks(clock)
    looks.on_look("a", D(3))
    clock.now_s += 2
    looks.on_look("a", D(1))
    clock.now_s += 3
    assert looks.on_look("a", D(2)) == 1
    assert looks.next_s("a") == 5, "what came on top has a time of its own"
    clock.now_s += 5
    assert looks.on_look("a", D(1)) == 1


def test_a_look_that_explains_everything_begins_from_the_start() -> None:
    clock = Clock()
    looks = Looks(clock)
    looks.on_look("a", D(3))
    clock.now_s += 4
    assert looks.on_look("a", D(0)) == 0
    assert looks.next_s("a") is None
    clock.now_s += 4
    assert looks.on_look("a", D(3)) == 0


def test_orders_are_looked_at_apart_and_forgotten() -> None:
    clock = Clock()
    looks = Looks(clock)
    looks.on_look("a", D(3))
    clock.now_s += 5
    assert looks.on_look("b", D(3)) == 0
    looks.forget("a")
    looks.forget("c")
    assert looks.on_look("a", D(3)) == 0
