"""Is the source's balance what the fills make of it?"""

from decimal import Decimal

from peatio_liquidity.balance_check import BalanceCheck, Reckoning

D = Decimal
SETTLE_S = 180.0
TOLERANCE = D("0.001")


def at(balance: str, net: str) -> Reckoning:
    return Reckoning(D(balance), D(net))


def test_what_fills_explain_is_no_difference() -> None:
    check = BalanceCheck(None, SETTLE_S)
    for now in (at("10", "0"), at("9", "-1"), at("9.5", "-0.5")):
        assert check.look(now, True, TOLERANCE, 0.0) == 0
        assert check.known == now


def test_a_balance_that_is_read_later_than_the_fill_is_no_difference() -> None:
    check = BalanceCheck(at("10", "0"), SETTLE_S)
    assert check.look(at("10", "-1"), True, TOLERANCE, 0.0) == 0
    assert check.look(at("10", "-1"), True, TOLERANCE, 179.0) == 0
    assert check.look(at("9", "-1"), True, TOLERANCE, 200.0) == 0
    assert check.unexplained == 0


def test_a_difference_that_settled_is_reported_once_and_adds_up() -> None:
    check = BalanceCheck(at("10", "0"), SETTLE_S)
    looks = [check.look(at("9.7", "0"), True, TOLERANCE, at_s) for at_s in (0.0, 100.0, 180.0, 400.0)]
    assert looks == [0, 0, D("-0.3"), 0]
    looks = [check.look(at("10.2", "0"), True, TOLERANCE, at_s) for at_s in (500.0, 680.0)]
    assert looks == [0, D("0.5")]
    assert check.unexplained == D("0.2")


def test_one_that_changes_or_that_a_hedge_may_still_explain_has_to_settle_again() -> None:
    check = BalanceCheck(at("10", "0"), SETTLE_S)
    assert check.look(at("9.7", "0"), True, TOLERANCE, 0.0) == 0
    assert check.look(at("9.6", "0"), True, TOLERANCE, 170.0) == 0
    assert check.look(at("9.6", "0"), False, TOLERANCE, 300.0) == 0
    assert check.look(at("9.6", "0"), True, TOLERANCE, 479.0) == 0
    assert check.look(at("9.6", "0"), True, TOLERANCE, 480.0) == D("-0.4")


def test_differences_too_small_to_be_hedged_add_up_until_they_are_not() -> None:
    check = BalanceCheck(at("10", "0"), SETTLE_S)
    assert [check.look(at("9.9995", "0"), True, TOLERANCE, at_s) for at_s in (0.0, 999.0)] == [0, 0]
    assert [check.look(at("9.9985", "0"), True, TOLERANCE, at_s) for at_s in (1000.0, 1999.0)] == [0, D("-0.0015")]
