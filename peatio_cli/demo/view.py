"""The demo's figures, as a live view for a terminal and as plain lines."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from peatio_cli.demo.bot_report import OrderCreated, OrderFilled, Quote, Report, Snapshot
from peatio_cli.demo.comparison import Side

FILLS_SHOWN = 8
FILLS_OF_SEVERAL = 3
SMALL_PRICE = Decimal(100)
STYLES: dict[Side, str] = {"buy": "green", "sell": "red"}
SIDES_SHOWN: tuple[tuple[str, Side], ...] = (("asks", "sell"), ("bids", "buy"))


@dataclass
class DemoFigures:
    """The demo's state according to the bot's reports.

    :ivar name: begins its lines where there are several accounts, else empty
    :ivar title: stands above its picture

    Profit is in quote currency: the change of both currencies by the fills after fees, with the base currency valued
    at the current mid price.
    """

    base: str
    quote: str
    name: str = ""
    title: str = "Hummingbot pure_market_making on Peatio (sandbox)"
    mid_price: Decimal | None = None
    quotes: tuple[Quote, ...] = ()
    balances: dict[str, Decimal] = field(default_factory=dict)
    orders: int = 0
    counts: dict[Side, int] = field(default_factory=lambda: {"buy": 0, "sell": 0})
    last_fills: deque[OrderFilled] = field(default_factory=lambda: deque(maxlen=FILLS_SHOWN))
    changes: dict[str, Decimal] = field(default_factory=dict)

    def apply(self, report: Report) -> None:
        """Update the figures by a report of the bot."""
        match report:
            case Snapshot():
                self.mid_price = report.mid_price or self.mid_price
                self.quotes = report.quotes
                self.balances = report.balances
            case OrderCreated():
                self.orders += 1
            case OrderFilled():
                self.counts[report.side] += 1
                self.last_fills.append(report)
                sign = 1 if report.side == "buy" else -1
                self._change(self.base, sign * report.amount)
                self._change(self.quote, -sign * report.amount * report.price)
                for currency, fee in report.fees:
                    self._change(currency, -fee)

    @property
    def fills(self) -> int:
        """The number of fills."""
        return sum(self.counts.values())

    @property
    def profit(self) -> Decimal:
        """The profit so far, in quote currency."""
        base_change = self.changes.get(self.base, Decimal(0))
        return self.changes.get(self.quote, Decimal(0)) + base_change * (self.mid_price or Decimal(0))

    def _change(self, currency: str, amount: Decimal) -> None:
        self.changes[currency] = self.changes.get(currency, Decimal(0)) + amount


def live_picture(figures: DemoFigures, title: str, status: str) -> RenderableType:
    """The view for a terminal: figures above, own quotes and last fills below."""
    below = Table.grid(expand=True, padding=(0, 1))
    below.add_column(ratio=5)
    below.add_column(ratio=9)
    below.add_row(_quotes_table(figures), _fills_table(figures))
    return Panel(Group(_head(figures), Text(), below), title=title, subtitle=status, border_style="cyan")


def small_picture(figures: DemoFigures, title: str, status: str) -> RenderableType:
    """The view of one bot of several: two of them fit into a terminal of 24 lines."""
    lines = [
        _head(figures),
        *(_line(f"{name} {_quotes_text(figures.quotes, side)}", side) for name, side in SIDES_SHOWN),
        *(_line(fill_line(fill), fill.side) for fill in list(reversed(figures.last_fills))[:FILLS_OF_SEVERAL]),
    ]
    return Panel(Group(*lines), title=title, subtitle=status, border_style="cyan")


def _line(text: str, side: Side) -> Text:
    return Text(text, style=STYLES[side], no_wrap=True, overflow="ellipsis")


def _head(figures: DemoFigures) -> RenderableType:
    counts, profit = figures.counts, figures.profit
    head = Table.grid(expand=True, padding=(0, 2))
    for ratio in (2, 2, 3):
        head.add_column(ratio=ratio, no_wrap=True)
    head.add_row(
        _labelled("mid price", price_text(figures.mid_price)),
        _labelled("orders", str(figures.orders)),
        _labelled("fills", f"{figures.fills} ({counts['buy']} buys, {counts['sell']} sells)"),
    )
    head.add_row(
        _labelled(figures.base, plain(figures.balances.get(figures.base))),
        _labelled(figures.quote, money(figures.balances.get(figures.quote))),
        _labelled("profit", f"{money(profit)} {figures.quote}", "bold green" if profit >= 0 else "bold red"),
    )
    return head


def fill_line(fill: OrderFilled, name: str = "") -> str:
    """One line about a fill, for output that is not a terminal."""
    of_bot = f"{name} " if name else ""
    return f"fill: {of_bot}{fill.side:4} {plain(fill.amount)} at {plain(fill.price)}, fee {_fees(fill)}"


def status_line(figures: DemoFigures) -> str:
    """One line with the figures, for output that is not a terminal."""
    currencies = (figures.base, figures.quote)
    balances = ", ".join(f"{plain(figures.balances.get(code))} {code}" for code in currencies)
    return " | ".join(
        (
            *([figures.name] if figures.name else []),
            f"mid {price_text(figures.mid_price)}",
            f"bids {_quotes_text(figures.quotes, 'buy')}",
            f"asks {_quotes_text(figures.quotes, 'sell')}",
            f"{figures.orders} orders, {figures.fills} fills",
            balances,
            f"profit {money(figures.profit)} {figures.quote}",
        )
    )


def sorted_quotes(quotes: Iterable[Quote], side: Side) -> list[Quote]:
    """The quotes of one side, best price first."""
    own = (quote for quote in quotes if quote.side == side)
    return sorted(own, key=lambda quote: quote.price, reverse=side == "buy")


def money(value: Decimal | None) -> str:
    """An amount of quote currency with two decimals."""
    return "-" if value is None else f"{value:,.2f}"


def price_text(value: Decimal | None) -> str:
    """A price: with two decimals where it is large, exact where these would hide what moves."""
    return plain(value) if value is not None and value < SMALL_PRICE else money(value)


def plain(value: Decimal | None) -> str:
    """An exact number, without exponent and trailing zeros."""
    if value is None:
        return "-"
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _quotes_text(quotes: Iterable[Quote], side: Side) -> str:
    return " ".join(f"{plain(q.amount)}@{plain(q.price)}" for q in sorted_quotes(quotes, side)) or "-"


def _labelled(label: str, value: str, style: str = "bold") -> Text:
    return Text.assemble((f"{label} ", "dim"), (value, style))


def _table(title: str) -> Table:
    # Padded on one side only: so the longest fee fits into a terminal of 80 columns.
    padding = (0, 1, 0, 0)
    return Table(title=title, title_style="bold", expand=True, box=SIMPLE_HEAD, pad_edge=False, padding=padding)


def _quotes_table(figures: DemoFigures) -> Table:
    table = _table("own quotes")
    table.add_column("side", no_wrap=True, min_width=4)
    for column in ("price", "amount"):
        table.add_column(column, justify="right", no_wrap=True)
    for side in ("sell", "buy"):
        ordered = sorted_quotes(figures.quotes, side)
        for quote in reversed(ordered) if side == "sell" else ordered:
            table.add_row(side, plain(quote.price), plain(quote.amount), style=STYLES[side])
    return table


def _fills_table(figures: DemoFigures) -> Table:
    table = _table("last fills")
    table.add_column("side", no_wrap=True, min_width=4)
    for column in ("price", "amount", "fee"):
        table.add_column(column, justify="right", no_wrap=True)
    for fill in reversed(figures.last_fills):
        table.add_row(fill.side, plain(fill.price), plain(fill.amount), _fees(fill), style=STYLES[fill.side])
    return table


def _fees(fill: OrderFilled) -> str:
    return ", ".join(f"{plain(amount)} {currency}" for currency, amount in fill.fees) or "none"
