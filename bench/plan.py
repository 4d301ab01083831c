"""What is measured, how large and how often, and what is to be reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Only where it is asked for.
LONG = "growth"
LONG_MINUTES = 30.0
#: So is this: minutes for each round.
SET_UP = "setup_warm"
#: And this: two minutes and more for each round.
SANDBOX = "sandbox_orders"
FLOW, RATES = "flow", (10, 100, 1000)
#: And this.
STORMS = "storms"
#: And this: twice ten minutes.
TEST_SUITE = "test_suite"
#: And this: six minutes for each round, with a Chromium.
WATCH = "watch"
LONG_ONES = (LONG, SET_UP, SANDBOX, STORMS, TEST_SUITE, WATCH)
MIRROR = "mirror"
#: The connector of an earlier commit (bench.before), measured by turns with the present one, "peatio".
BEFORE = "before"
#: Hummingbot's executors, beside the controller peatio_liquidity.
XEMM = "xemm"
SUBJECTS = ("bare", "binance", BEFORE, XEMM, "peatio")
#: Noise that is allowed beyond the earlier build's own spread.
SPREAD_TOLERANCE = 1.05

Sizes = Mapping[str, Any]


@dataclass(frozen=True)
class Measurement:
    """One function of `bench.worker`.

    :param subjects: who is measured, by turns, and whether in every round (False: in the first alone)
    :param tiny: sizes with which it shows no more than that it runs
    :param rounds: how often it is measured where the command line does not say: what takes a minute for each round is
        measured once, so that a plain run stays below a quarter of an hour
    """

    subjects: Mapping[str, bool]
    sizes: Sizes
    tiny: Sizes
    rounds: int = 1


#: By measurement: a command of `hummingbot-peatio`, whether it ends by itself, and what the reader of a table sees.
COMMANDS: Mapping[str, tuple[Sequence[str], bool, str]] = {
    "help_start": (["--help"], True, "hummingbot-peatio --help"),
    "init_start": (["init", "instance"], False, "init, to its first line"),
    # Nobody listens at port 1: no check waits for an answer.
    "doctor_start": (["doctor", "--url", "http://127.0.0.1:1"], False, "doctor, to its first line"),
    "sandbox_start": (["sandbox", "--port", "0"], False, "sandbox, to its first line"),
}

MEASUREMENTS: Mapping[str, Measurement] = {
    "book": Measurement(
        {"bare": True, "binance": True, BEFORE: True, "peatio": True},
        {"changes": 5_000, "blasts": 24, "levels": 300},
        {"changes": 100, "blasts": 5, "levels": 20},
        rounds=3,
    ),
    FLOW: Measurement(
        {BEFORE: True, "peatio": True},
        {"markets": 50, "messages": {"10": 150, "100": 500, "1000": 3000}},
        {"markets": 2, "messages": {"10": 1, "100": 3, "1000": 5}},
    ),
    "fills": Measurement(
        {"binance": True, BEFORE: True, "peatio": True},
        {"fills": 300, "closed_orders": 1000},
        {"fills": 3, "closed_orders": 5},
        rounds=3,
    ),
    "orders": Measurement({"binance": True, BEFORE: True, "peatio": True}, {"orders": 80}, {"orders": 3}, rounds=3),
    "journal": Measurement({"peatio": True}, {"orders": 3000, "open_orders": 100}, {"orders": 3, "open_orders": 2}),
    "journal_rows": Measurement(
        {"peatio": True},
        {"orders": 500, "open_orders": 100, "closed": {"0": 0, "100k": 100_000, "1m": 1_000_000}},
        {"orders": 3, "open_orders": 2, "closed": {"0": 0, "100k": 100, "1m": 300}},
    ),
    # Hummingbot's tracker sleeps a second for each market.
    "start": Measurement({"binance": False, BEFORE: True, "peatio": True}, {"markets": 50}, {"markets": 1}, rounds=3),
    "requests": Measurement(
        {"binance": False, BEFORE: True, "peatio": True},
        {"orders": 100, "markets": 5, "quiet_s": 2.0},
        {"orders": 4, "markets": 2, "quiet_s": 0.7},
    ),
    # More would run into binance's rate limit, and what Hummingbot loads to tell of it would count.
    "markets": Measurement(
        {"binance": True, BEFORE: True, "peatio": True},
        {"markets": 40, "levels": 300},
        {"markets": 2, "levels": 20},
        rounds=3,
    ),
    # Each with a tolerance of its own, at which the mirrored mid is off by as much.
    MIRROR: Measurement(
        {XEMM: True, "peatio": True},
        {"levels": 10, "moves": 8, "seconds": 25.0, "tolerances": {XEMM: "0.0005", "peatio": "0.001"}},
        {"levels": 1, "moves": 1, "seconds": 4.0, "tolerances": {XEMM: "0.0001", "peatio": "0.0001"}},
    ),
    "bot_memory": Measurement({BEFORE: True, "peatio": True}, {}, {}),
    LONG: Measurement(
        {BEFORE: False, "peatio": False},
        {"per_second": 500, "seconds": LONG_MINUTES * 60},
        {"per_second": 100, "seconds": 0.5},
    ),
    SANDBOX: Measurement(
        {BEFORE: True, "peatio": True}, {"per_second": 1000, "seconds": 60.0}, {"per_second": 400, "seconds": 0.3}
    ),
    SET_UP: Measurement(
        {BEFORE: True, "peatio": True},
        {"command": ["tools/setup"], "warm_up": True},
        {"command": ["cat", "tools/setup"], "warm_up": False},
    ),
    TEST_SUITE: Measurement(
        {BEFORE: True, "peatio": True},
        {
            "set_up": ["tools/setup"],
            "tests": [".venv/bin/python", "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile"],
        },
        {"set_up": ["true"], "tests": ["echo", "1 passed;"]},
    ),
    WATCH: Measurement(
        {"peatio": True},
        {"seconds": 40.0, "turns": 2, "every_s": 0.5, "settle_s": 5.0},
        {"seconds": 12.0, "turns": 1, "every_s": 0.5, "settle_s": 1.0},
    ),
    STORMS: Measurement(
        {BEFORE: True, "peatio": True},
        {"seeds": 6, "first": 1},
        {"seeds": 1, "first": 1, "trading_s": 20.0},
    ),
    **{
        name: Measurement(
            {BEFORE: True, "peatio": True},
            {"arguments": arguments, "ends": ends, "runs": 5},
            {"arguments": arguments, "ends": ends, "runs": 1},
        )
        for name, (arguments, ends, _) in COMMANDS.items()
    },
}


@dataclass(frozen=True)
class Goal:
    """A line of the table.

    :param figure: measurement and figure of it
    :param than: whose figure peatio's is divided by; "" where it is taken as it is
    :param reach: what is to be reached, `at_least` that or at most; None if peatio's median may be worse than the worst
        round of `than` by the factor `SPREAD_TOLERANCE`
    """

    what: str
    figure: tuple[str, str]
    unit: str
    than: str
    reach: float | None
    at_least: bool = False


GOALS: Mapping[str, Goal] = {
    "book_vs_binance": Goal(
        "increments into the book", ("book", "messages_per_cpu_s"), "per CPU s", "binance", 7.0, at_least=True
    ),
    "book_vs_bare": Goal(
        "increments into the book", ("book", "messages_per_cpu_s"), "per CPU s", "bare", 0.65, at_least=True
    ),
    "fill_latency_vs_binance": Goal("trade frame to OrderFilled", ("fills", "wall_us"), "µs", "binance", 0.12),
    "order_latency_vs_binance": Goal("buy() to the wire", ("orders", "wall_us"), "µs", "binance", 0.55),
    "journal_ms_median": Goal("order journal, one placement", ("journal", "journal_ms"), "ms", "", 1.0),
    **{
        f"journal_ms_{size}_rows": Goal(
            f"slowest write or look-up of a placement, {what} closed orders",
            ("journal_rows", f"ms_{size}_rows"),
            "ms",
            "",
            1.0,
        )
        for size, what in {"0": "0", "100k": "100,000", "1m": "1,000,000"}.items()
    },
    "journal_open_s_1m_rows": Goal(
        "opening of a journal with 1,000,000 closed orders", ("journal_rows", "open_s_1m_rows"), "s", "", 0.5
    ),
    "ready_50_markets_s": Goal("start to ready, 50 markets", ("start", "ready_s"), "s", "", 3.0),
    "poll_requests_100_orders": Goal(
        "requests per status poll, 100 orders", ("requests", "poll_requests"), "requests", "", 4
    ),
    "cancel_all_100_requests": Goal(
        "requests of cancel-all, 100 orders", ("requests", "cancel_requests"), "requests", "", 16
    ),
    "memory_per_market_vs_binance": Goal("memory per market", ("markets", "kb_per_market"), "KB", "binance", 1.0),
    "growth_mb_30min": Goal("growth in 30 minutes", (LONG, "growth_mb"), "MB", "", 5.0),
    "book_vs_before": Goal(
        "increments into the book", ("book", "messages_per_cpu_s"), "per CPU s", BEFORE, 2.0, at_least=True
    ),
    **{
        f"flow_{rate}{end}_vs_before": Goal(
            f"an increment into the book, at {rate:,} a second on 50 markets{what}, CPU",
            (FLOW, f"us_{rate}{end}"),
            "µs",
            BEFORE,
            None,
        )
        for rate in RATES
        for end, what in (("", ""), ("_p99", ", 99th percentile"))
    },
    "fills_vs_before": Goal("trade frame to OrderFilled, CPU", ("fills", "cpu_us"), "µs", BEFORE, None),
    "orders_vs_before": Goal("buy() to the wire, CPU", ("orders", "cpu_us"), "µs", BEFORE, None),
    "start_vs_before": Goal("start to ready, 50 markets, CPU", ("start", "cpu_s"), "s", BEFORE, None),
    "requests_vs_before": Goal(
        "requests of a status poll and a cancel-all, 100 orders",
        ("requests", "poll_and_cancel_requests"),
        "requests",
        BEFORE,
        None,
    ),
    "requests_cpu_vs_before": Goal("the same, CPU", ("requests", "cpu_ms"), "ms", BEFORE, None),
    "markets_vs_before": Goal("memory per market", ("markets", "kb_per_market"), "KB", BEFORE, None),
    # The growth itself is less than the system counts in, so that its ratio would be one of chance.
    "growth_vs_before": Goal("memory after 30 minutes", (LONG, "resident_mb"), "MB", BEFORE, None),
    "mirror_latency_vs_xemm": Goal(
        "the source's increment to the own order's request", (MIRROR, "latency_ms"), "ms", XEMM, 0.3
    ),
    "mirror_requests_vs_xemm": Goal(
        "requests for 10 levels a side", (MIRROR, "requests_per_minute"), "a minute", XEMM, 0.5
    ),
    "mirror_error_vs_xemm": Goal(
        "tracking error of the mirrored mid, at 5 changes a second", (MIRROR, "error_bp"), "bp", XEMM, 1.0
    ),
    "bot_memory_vs_before": Goal("what a bot imports, resident", ("bot_memory", "bot_mb"), "MiB", BEFORE, 0.8),
    "sandbox_orders_vs_before": Goal(
        "orders of the sandbox exchange", (SANDBOX, "orders_per_cpu_s"), "per CPU s", BEFORE, 2.0, at_least=True
    ),
    "setup_warm_vs_before": Goal("`make setup` in a second folder", (SET_UP, "wall_s"), "s", BEFORE, 0.15),
    "test_suite_vs_before": Goal("the test suite, without new files", (TEST_SUITE, "wall_s"), "s", BEFORE, 0.6),
    "simulate_vs_chaos": Goal(
        "seeds: simulation, and chaos of before", (STORMS, "seeds_per_cpu_s"), "per CPU s", BEFORE, 10.0, at_least=True
    ),
    "simulated_s_per_cpu_s": Goal(
        "simulated seconds", (STORMS, "simulated_s_per_cpu_s"), "per CPU s", "", 100.0, at_least=True
    ),
    # The share that `watch` takes by default: 5 % of 6,000 requests in 300 seconds.
    **{
        f"watch_requests_{pages}_pages": Goal(
            f"requests of `watch` that shows the account, {what}",
            (WATCH, f"requests_{pages}_pages"),
            "a minute",
            "",
            60.0,
        )
        for pages, what in {1: "one page", 2: "two pages"}.items()
    },
    "watch_order_cpu": Goal(
        "the bot's CPU for an order: watched / not", (WATCH, "cpu_ratio_1_pages"), "ratio", "", 1.05
    ),
    "growth_cpu_vs_before": Goal("a public message in 30 minutes, CPU", (LONG, "cpu_us"), "µs", BEFORE, None),
    **{
        f"{name}_vs_before": Goal(f"{what}, CPU above a bare Python", (name, "cpu_ms"), "ms", BEFORE, 0.3)
        for name, (_, _, what) in COMMANDS.items()
    },
}
