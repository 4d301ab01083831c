"""What becomes of a watched bot in the course of time: faults and their ends, profit, and nothing that grows."""

import gc
import itertools
import json
import tracemalloc
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.execution import journal_schema

from peatio_cli.watch.bot_reader import SelfReport
from peatio_cli.watch.bot_state import (
    Activity,
    BookHealth,
    BotState,
    ConnectorHealth,
    ConnectorState,
    GuardState,
    StrategyState,
)
from peatio_cli.watch.happenings import happenings
from peatio_cli.watch.journal_reader import KEPT
from peatio_cli.watch.profit_course import POINTS, Moment, ProfitCourse
from peatio_cli.watch.state_json import LIVES_SHOWN, bot_row, course_rows
from peatio_cli.watch.watched_bot import HAPPENINGS_KEPT, WatchedBot, last_prices
from test.peatio_cli.watch.test_bot_reader import METRICS, RECORD, Clock, Instance, add_fill

TRUSTED = BookHealth("BTC-USD", True, None, 0.0, {})
HEALTH = ConnectorHealth(
    is_ready=True, why_not_ready=(), books=(TRUSTED,), streams={"public": True, "private": True}, requests=10,
    failures={}, budget=100, budget_left=90, waits=0, reconnects=0, late_finds=0, clock_offset_s=0.25,
)  # fmt: skip
CONNECTOR = ConnectorState("peatio", "acc", "o", 7, Activity.RUNNING, 0.1, None, HEALTH)
STATE = BotState("my-bot", 1.0, Activity.RUNNING, 7, GuardState(False), StrategyState(), (CONNECTOR,))


def with_health(**changes: object) -> BotState:
    return replace(STATE, connectors=(replace(CONNECTOR, health=replace(HEALTH, **changes)),))  # type: ignore[arg-type]


UNTRUSTED = replace(TRUSTED, is_trusted=False, untrusted_s=0.5, faults={"gap": 1})
BRIEFLY = replace(TRUSTED, untrusted_s=0.25, faults={"step_back": 2})


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, STATE, []),
        (None, replace(STATE, activity=Activity.STOPPED), ["The bot does not run."]),
        (None, replace(STATE, activity=Activity.SILENT), ["The bot fell silent: it died, or hangs."]),
        (STATE, STATE, []),
        (STATE, replace(STATE, activity=Activity.SILENT), ["The bot fell silent: it died, or hangs."]),
        (STATE, replace(STATE, activity=Activity.STOPPED), ["The bot was stopped."]),
        (STATE, replace(STATE, pid=8), ["The bot was started again."]),
        (STATE, replace(STATE, guard=GuardState(True)), ["A guard watches."]),
        (STATE, with_health(books=(UNTRUSTED,)), ["peatio: the book of BTC-USD is not trusted (gap)."]),
        (with_health(books=(UNTRUSTED,)), with_health(books=(replace(TRUSTED, untrusted_s=2.0, faults={"gap": 1}),)),
         ["peatio: the book of BTC-USD is trusted again, after 2.0 s in all."]),
        (STATE, with_health(books=(BRIEFLY,)),
         ["peatio: the book of BTC-USD was not trusted for 0.2 s (step back ×2)."]),
        (STATE, with_health(streams={"public": False, "private": True}), ["peatio: the public stream is down."]),
        (STATE, with_health(is_ready=False, why_not_ready=("balances",)), ["peatio: not ready (balances)."]),
        (STATE, with_health(failures={"server_error": 3}), ["peatio: requests failed (server error ×3)."]),
        (STATE, with_health(waits=2, late_finds=1), ["peatio: 2 request(s) waited for the request limit.",
         "peatio: polling found 1 event(s) that the stream had not reported."]),
        (with_health(waits=9, late_finds=9, failures={"refused": 9}), STATE, []),
        (STATE, replace(STATE, connectors=(replace(CONNECTOR, fence_reason="no heartbeat for 30 s"),)),
         ["peatio: the guard acted, its orders are cancelled (no heartbeat for 30 s)."]),
        (STATE, replace(STATE, problems=("the file cannot be read",)), ["the file cannot be read"]),
    ],
)  # fmt: skip
def test_faults_and_their_ends_are_said_once(before: BotState | None, after: BotState, said: list[str]) -> None:
    assert list(happenings(before, after)) == said
    assert list(happenings(after, after)) == []


def moment(net: int) -> Moment:
    return Moment(*map(Decimal, (net, net, 0, 0, 1)))


def test_a_course_has_as_many_points_as_a_screen_and_keeps_the_first_and_the_last() -> None:
    course = ProfitCourse()
    for second in range(200_000):
        course.add(second, moment(second))
    points = course.points
    assert len(points) <= 2 * POINTS
    assert points[0] == (0, moment(0))
    assert points[-1] == (199_999, moment(199_999))
    seconds = [second for second, _ in points]
    assert seconds == sorted(set(seconds))
    # Thinned evenly: no part of the time has lost more than the others.
    gaps = [after - before for before, after in itertools.pairwise(seconds)]
    assert max(gaps[:-2]) <= 4 * 200_000 / POINTS


def test_a_course_goes_on_with_a_time_that_goes_back() -> None:
    course = ProfitCourse()
    course.add(10, moment(1))
    course.add(5, moment(2))
    assert course.points == [(10, moment(2))]
    course.add(12, moment(3))
    assert course.since(11) == course.since(12) == [(12, moment(3))]
    assert course.since(0) == course.points
    assert course.since(13) == []


@pytest.mark.parametrize(
    ("text", "prices"),
    [
        ('{"btcusd": {"ticker": {"last": "30000.5"}}}', {"BTC-USD": Decimal("30000.5")}),
        ('{"btcusd": {"ticker": {"last": "0.0"}}}', {}),
        ('{"btcusd": {"ticker": {"last": "NaN"}}}', {}),
        ('{"btcusd": {"ticker": {}}}', {}),
        ('{"btcusd": []}', {}),
        ("[]", {}),
        ("x", {}),
    ],
)
def test_last_prices_are_those_that_can_be_read(text: str, prices: dict[str, Decimal]) -> None:
    assert last_prices(text, {"BTC-USD": "btcusd", "ETH-USD": "ethusd"}) == prices


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_day_of_orders_fills_and_faults_leaves_nothing_that_grows(tmp_path: Path, clock: Clock) -> None:
    """A look every three minutes: 4,800 orders with a fill each, and a fault and its end every six minutes."""
    instance = Instance(tmp_path / "my-bot", clock)
    database = instance.journal()
    bot = WatchedBot(instance.directory, lambda: clock.wall_s)
    bot.reader._monotonic_s = lambda: clock.passed_s
    bot.prices["https://one.example"] = {"BTC-USD": Decimal(101)}
    instance.heartbeat.begin()
    sizes: list[tuple[int, int]] = []
    tracemalloc.start()
    for look in range(24 * 20):
        with database:
            database.execute("BEGIN")
            for number in range(10 * look + 1, 10 * look + 11):
                _an_orders_life(database, number, clock.wall_s)
        bot.report = SelfReport(METRICS.replace('"BTC-USD"} 0', f'"BTC-USD"}} {look % 2}'))
        clock.advance(180)
        instance.beat()
        bot.look()
        if look in (12 * 20, 24 * 20 - 1):
            gc.collect()
            sizes.append((tracemalloc.get_traced_memory()[0], len(json.dumps(bot_row(bot)))))
    tracemalloc.stop()
    database.close()
    assert bot.state is not None
    assert bot.state.positions[0].figures.fills == 4_800
    journal = bot.reader.journal
    assert (len(journal.fills), len(journal.ended), len(bot.happenings)) == (KEPT, KEPT, HAPPENINGS_KEPT)
    assert len(journal._filled) <= 4 * KEPT
    assert all(len(course.points) <= 2 * POINTS for course in bot.courses.values())
    assert len(bot_row(bot)["orders"]) == LIVES_SHOWN
    (memory_12h, page_12h), (memory_24h, page_24h) = sizes
    print(f"traced memory after 12 and 24 h: {memory_12h}, {memory_24h}; the state of a page: {page_12h}, {page_24h}")
    assert memory_24h < 1.25 * memory_12h  # 2,400 orders more
    assert page_24h < 1.5 * page_12h


def test_the_profit_and_the_end_of_its_course_are_of_one_price(tmp_path: Path, clock: Clock) -> None:
    """Between two looks too: a page may ask just after a price came."""
    instance = Instance(tmp_path / "my-bot", clock)
    add_fill(instance.journal(), 1)
    bot = WatchedBot(instance.directory, lambda: clock.wall_s)
    bot.take_prices("https://one.example", {"BTC-USD": Decimal(101)})
    bot.look()
    for price in (101, 150, 90):
        bot.take_prices("https://one.example", {"BTC-USD": Decimal(price)})
        (position,) = bot_row(bot)["positions"]
        last = course_rows(bot.courses["https://one.example", "BTC-USD", ""], 0)[-1]
        assert last[1:] == [float(position[name]) for name in ("net", "realised", "unrealised", "fees", "inventory")]
    bot.reader.close()


def _an_orders_life(database: object, number: int, at_s: float) -> None:
    key = f"c{number}"
    market = "BTC-USD", "btcusd"
    rest = f"e{number}", None, None, at_s, 0, None, 0
    row = key, RECORD.owner, "acc", *market, number % 2, "1", "100", at_s, "live", *rest
    database.execute(journal_schema.INSERT, row)  # type: ignore[attr-defined]
    add_fill(database, number, is_buy=bool(number % 2))  # type: ignore[arg-type]
    database.execute(journal_schema.CLOSE, (at_s, at_s + 1, "filled", key))  # type: ignore[attr-defined]
    database.execute(journal_schema.DELETE, (key,))  # type: ignore[attr-defined]


def test_what_a_page_gets_names_no_account_and_no_owner(tmp_path: Path, clock: Clock) -> None:
    instance = Instance(tmp_path / "my-bot", clock)
    instance.heartbeat.begin()
    bot = WatchedBot(instance.directory)
    bot.look()
    text = json.dumps(bot_row(bot))
    assert RECORD.owner not in text
    assert '"acc"' not in text
