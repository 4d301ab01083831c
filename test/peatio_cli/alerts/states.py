"""States of a bot for the tests of alerts."""

from decimal import Decimal

from peatio_cli.report.fill import Fill
from peatio_cli.report.profit import MarketBook
from peatio_cli.watch.bot_state import (
    Activity,
    BookHealth,
    BotState,
    ConnectorHealth,
    ConnectorState,
    Exposure,
    GuardState,
    Position,
    StrategyState,
)

SITE = "https://exchange.example"
#: 2026-11-30, ten in the morning, UTC.
MORNING_S = 1_796_032_800.0


def health(*books: BookHealth) -> ConnectorHealth:
    return ConnectorHealth(True, (), books, {}, 0, {}, None, None, 0, 0, 0, None)


def bot(
    at_s: float = 0.0,
    activity: Activity = Activity.RUNNING,
    silent_s: float = 0.0,
    fence_reason: str | None = None,
    books: tuple[BookHealth, ...] | None = (),
    exposures: tuple[Exposure, ...] = (),
    positions: tuple[Position, ...] = (),
) -> BotState:
    """:param at_s: after `MORNING_S`
    :param books: None where the bot says nothing of itself
    """
    connector = ConnectorState(
        "peatio", "account", "owner", 7, activity, silent_s, fence_reason, None if books is None else health(*books)
    )
    return BotState(
        "my-bot",
        MORNING_S + at_s,
        activity,
        7,
        GuardState(True),
        StrategyState(),
        () if activity is Activity.STOPPED else (connector,),
        positions=positions,
        exposures=exposures,
    )


def book(untrusted_for_s: float | None, at_s: float = 0.0, pair: str = "BTC-USD") -> BookHealth:
    """As it is at `at_s`; None is trusted."""
    since_s = None if untrusted_for_s is None else MORNING_S + at_s - untrusted_for_s
    return BookHealth(pair, since_s is None, since_s, untrusted_for_s or 0.0, {"gap": 1} if since_s else {})


def fill(number: int, is_buy: bool = True, price: str = "100", amount: str = "1", at_s: float = 0.0) -> Fill:
    total = Decimal(price) * Decimal(amount)
    return Fill(
        f"order {number}", f"trade {number}", "account", "BTC-USD", is_buy, Decimal(price), Decimal(amount), total,
        Decimal(0), "USD", MORNING_S + at_s,
    )  # fmt: skip


def position(*fills: Fill) -> Position:
    made = MarketBook("BTC", "USD")
    for one in fills:
        made.add(one)
    return Position(SITE, "BTC-USD", made.figures())
