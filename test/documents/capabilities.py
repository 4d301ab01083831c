"""The table of capabilities in README.md: what the connector does."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

PAGE = Path(__file__).parents[2] / "README.md"
_HEAD = "| area | what | does it? |\n| --- | --- | --- |\n"


class State(Enum):
    """How far something goes; the value is what README.md shows."""

    YES = "yes"
    BEST_EFFORT = "best effort"
    WHERE_OFFERED = "where the exchange has it"
    OPTIONAL = "if switched on"
    NO = "no"


@dataclass(frozen=True)
class Capability:
    """One row.

    :ivar area: what it belongs to
    :ivar what: for a user
    :ivar docs: the page that says more, as linked from README.md; "" where there is none
    """

    area: str
    what: str
    state: State
    docs: str = ""


_ORDERS, _DATA, _ACCOUNT, _RUNNING = "orders", "market data", "account", "running"
_ORDERS_PAGE, _BOOKS_PAGE = "docs/reference/orders.md", "docs/reference/order-books.md"
_RELIABILITY_PAGE, _EXCHANGES_PAGE = "docs/reference/reliability.md", "docs/operate/exchanges.md"
_SCALING_PAGE = "docs/operate/scaling.md"
_YES, _OPTIONAL = State.YES, State.OPTIONAL

CAPABILITIES: tuple[Capability, ...] = (
    Capability(_ORDERS, "limit and market orders", _YES, _ORDERS_PAGE),
    Capability(_ORDERS, "`LIMIT_MAKER`: checked against the book, then sent", State.BEST_EFFORT, _ORDERS_PAGE),
    Capability(_ORDERS, "`LIMIT_MAKER` decided by the engine (OpenFinex)", State.WHERE_OFFERED, _ORDERS_PAGE),
    Capability(_ORDERS, "no order lost or doubled, even after a crash", _YES, _RELIABILITY_PAGE),
    Capability(_ORDERS, "batches: create and cancel many, one result each", _YES, _ORDERS_PAGE),
    Capability(_ORDERS, "cancelling a whole side in one request (`exclusive_account`)", _OPTIONAL, _ORDERS_PAGE),
    Capability(_ORDERS, "creating many in one request", State.NO, _ORDERS_PAGE),
    Capability(_ORDERS, "refusing orders that would match one's own", _YES, _RELIABILITY_PAGE),
    Capability(_ORDERS, "client order ids at the exchange, amending orders: Peatio has neither", State.NO),
    Capability(_DATA, "order books by increments; a book that is not followed is empty", _YES, _BOOKS_PAGE),
    Capability(_DATA, "whole books (Peatio before 2.4); REST depth as the fallback", _YES, _BOOKS_PAGE),
    Capability(_DATA, "last prices, public trades, adding and removing pairs while running", _YES),
    Capability(_DATA, "candles, all periods", _YES, "docs/reference/candles.md"),
    Capability(_DATA, "the exchange's prices in Hummingbot's rate oracle", _OPTIONAL, "docs/reference/rates.md"),
    Capability(_ACCOUNT, "private streams of orders and trades, checked by polls", _YES, _RELIABILITY_PAGE),
    Capability(_ACCOUNT, "balances to the last digit, from events and REST", _YES, _RELIABILITY_PAGE),
    Capability(_ACCOUNT, "balances pushed by the exchange", State.WHERE_OFFERED, _EXCHANGES_PAGE),
    Capability(_ACCOUNT, "live fees by group, market and role; fills with the fee as charged", _YES, _ORDERS_PAGE),
    Capability(_ACCOUNT, "login by API key (Barong)", _YES, _EXCHANGES_PAGE),
    Capability(_ACCOUNT, "login by JWT, RS256 and EdDSA", _OPTIONAL, _EXCHANGES_PAGE),
    Capability(_RUNNING, "several exchanges at once", _YES, _EXCHANGES_PAGE),
    Capability(
        _RUNNING, "V1 strategies, V2 controllers and executors, each run here", _YES, "docs/reference/strategies.md"
    ),
    Capability(_RUNNING, "Hummingbot's backtest of controllers", _YES, "docs/operate/backtest.md"),
    Capability(_RUNNING, "paper trade on the live book, without a key", _YES, "docs/start/paper-trade.md"),
    Capability(_RUNNING, "the exchange's request limit is kept", _YES, _EXCHANGES_PAGE),
    Capability(_RUNNING, "cancelling own quotes while a book is not followed", _OPTIONAL, _BOOKS_PAGE),
    Capability(_RUNNING, "exact trades, fees and profit, verified at the exchange", _YES, "docs/reference/report.md"),
    Capability(_RUNNING, "metrics for Prometheus", _OPTIONAL, "docs/operate/metrics.md"),
    Capability(_RUNNING, "a guard that cancels the orders of a dead bot", _OPTIONAL, "docs/operate/guard.md"),
    Capability(_RUNNING, "bots on their exchanges in a browser, read-only", _YES, "docs/operate/watch.md"),
    Capability(
        _RUNNING,
        "alerts by Telegram, Discord, mail or webhook, also of a dead bot",
        _OPTIONAL,
        "docs/operate/alerts.md",
    ),
    Capability(
        _RUNNING, "a book that follows another exchange's, with hedges there", _OPTIONAL, "docs/operate/liquidity.md"
    ),
    Capability(_RUNNING, "fleets of bots: MQTT, containers, a shared request limit", _OPTIONAL, _SCALING_PAGE),
    Capability(_RUNNING, "API keys from the environment or secret files, for containers", _OPTIONAL, _SCALING_PAGE),
)


def render() -> str:
    """The whole page, with the rows as they are now."""
    before, head, after = PAGE.read_text(encoding="utf-8").partition(_HEAD)
    _, _, rest = after.partition("\n\n")
    return before + head + "\n".join(map(_row, CAPABILITIES)) + "\n\n" + rest


def _row(row: Capability) -> str:
    state = f"[{row.state.value}]({row.docs})" if row.docs else row.state.value
    return f"| {row.area} | {row.what} | {state} |"
