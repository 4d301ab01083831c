"""One line says what a cycle changed."""

from decimal import Decimal

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.resizes.cycle_log import CycleLog

D = Decimal


def test_what_comes_within_moments_is_one_line() -> None:
    lines: list[str] = []
    now_s = [10.0]
    log = CycleLog(lines.append, lambda: now_s[0])
    log.on_resize("s1", "BAY-USD", D("10.0"), D("9"))
    now_s[0] += CONSTANTS.CYCLE_LOG_S - 0.1
    log.on_resize("s1", "BAY-USD", D("9"), D("8.50"))
    log.on_moved("BAYR", D(1), D(2))
    log.on_moved("BAY", D(100), D(99))
    log.tick()
    assert lines == []
    now_s[0] += CONSTANTS.CYCLE_LOG_S
    log.tick()
    log.tick()
    assert lines == [
        "The exchange changed orders or funds without a trade: it resized 1 order(s): s1 (BAY-USD) 10 → 8.5; "
        "these funds changed: BAY 100 → 99, BAYR 1 → 2."
    ]
    assert log.cycles == 1


def test_a_line_names_five_orders_and_counts_the_others() -> None:
    lines: list[str] = []
    log = CycleLog(lines.append, lambda: 0.0)
    for number in range(7):
        log.on_resize(f"s{number}", "BAY-USD", D(2), D(1))
    log.flush()
    assert "resized 7 order(s)" in lines[0]
    assert "s4 (BAY-USD) 2 → 1 and 2 more." in lines[0]
