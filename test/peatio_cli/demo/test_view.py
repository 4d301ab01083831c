"""What the demo shows: figures from reports, the picture, the plain lines."""

import io
import re
from decimal import Decimal

import pytest
from rich.console import Console

from peatio_cli.demo.bot_report import OrderCreated, OrderFilled, Quote, Snapshot
from peatio_cli.demo.comparison import Side
from peatio_cli.demo.screen import LiveScreen, PlainScreen, screen_for
from peatio_cli.demo.view import DemoFigures, fill_line, live_picture, status_line

D = Decimal


def fill(side: Side, price: str, amount: str, currency: str, fee: str) -> OrderFilled:
    """A fill of some order."""
    return OrderFilled(
        client_order_id="HBOT-1",
        order_id="1",
        trade_id="1",
        side=side,
        price=D(price),
        amount=D(amount),
        fees=((currency, D(fee)),),
    )


@pytest.fixture
def figures() -> DemoFigures:
    """A demo with two quotes a side, one buy and one sell."""
    figures = DemoFigures("BTC", "USD")
    for report in (
        OrderCreated(client_order_id="HBOT-1", order_id="1", side="buy", price=D(30000), amount=D("0.5")),
        fill("buy", "30000", "0.5", "BTC", "0.0005"),
        fill("sell", "30100", "0.2", "USD", "6.02"),
        Snapshot(
            mid_price=D("30050"),
            quotes=(
                Quote(side="sell", price=D("30110"), amount=D("0.1")),
                Quote(side="sell", price=D("30090.50"), amount=D("0.20")),
                Quote(side="buy", price=D("29990"), amount=D("0.3")),
                Quote(side="buy", price=D("30010"), amount=D("0.4")),
            ),
            balances={"BTC": D("1000.2995"), "USD": D("9991013.98")},
        ),
    ):
        figures.apply(report)
    return figures


def test_profit_is_what_trading_changed_at_the_present_price(figures: DemoFigures) -> None:
    # 0.5 - 0.2 - 0.0005 BTC more at 30050, and 15000 - 6020 + 6.02 USD less
    assert figures.profit == D("0.2995") * 30050 - D(15000) + D(6020) - D("6.02")
    assert (figures.orders, figures.fills, figures.counts) == (1, 2, {"buy": 1, "sell": 1})


def test_a_moment_without_mid_price_keeps_the_last(figures: DemoFigures) -> None:
    figures.apply(Snapshot(mid_price=None, quotes=(), balances={}))
    assert figures.mid_price == D("30050")
    assert figures.quotes == ()


def test_the_picture_shows_everything(figures: DemoFigures) -> None:
    console = Console(file=io.StringIO(), width=110, record=True)
    console.print(live_picture(figures, "title", "status"))
    picture = console.export_text()
    for text in (
        "30,050.00",
        "1 buys, 1 sells",
        "9,991,013.98",
        "1,000.2995",
        "0.0005 BTC",
        "6.02 USD",
        "13.96",
    ):
        assert text in picture
    rows = [picture.index(price) for price in ("30,110", "30,090.5", "30,010", "29,990")]
    assert rows == sorted(rows)  # asks above bids, the market between them


def test_nothing_is_cut_in_a_terminal_of_80_columns(figures: DemoFigures) -> None:
    """With the longest numbers of the demo: a part of a quote, and the fee of a part of a sell."""
    figures.apply(fill("sell", "30043.33", "0.015317", "USD", "0.46017368561"))
    quotes = (Quote(side="sell", price=D("30043.33"), amount=D("0.034683")),)
    balances = {"BTC": D("1000.060931775"), "USD": D("9998166.79")}
    figures.apply(Snapshot(mid_price=D("30050.01"), quotes=quotes, balances=balances))
    console = Console(file=io.StringIO(), width=80, record=True)
    console.print(live_picture(figures, "title", "status"))
    picture = console.export_text()
    assert "…" not in picture
    for text in ("0.46017368561 USD", "0.015317", "0.034683", "1,000.060931775"):
        assert text in picture


def test_plain_lines_show_everything(figures: DemoFigures) -> None:
    assert status_line(figures) == (
        "mid 30,050.00 | bids 0.4@30,010 0.3@29,990 | asks 0.2@30,090.5 0.1@30,110 | 1 orders, 2 fills"
        " | 1,000.2995 BTC, 9,991,013.98 USD | profit 13.96 USD"
    )
    assert fill_line(figures.last_fills[0]) == "fill: buy  0.5 at 30,000, fee 0.0005 BTC"


def test_before_anything_is_known_the_lines_have_dashes() -> None:
    assert status_line(DemoFigures("BTC", "USD")) == (
        "mid - | bids - | asks - | 0 orders, 0 fills | - BTC, - USD | profit 0.00 USD"
    )


def test_a_plain_screen_prints_each_fill_and_now_and_then_the_figures(
    figures: DemoFigures, capsys: pytest.CaptureFixture[str]
) -> None:
    with PlainScreen() as screen:
        screen.say("begin")
        screen.show(figures, None, 5)
        screen.show(figures, figures.last_fills[1], 4)
        screen.show(figures, None, 3)
    assert capsys.readouterr().out.splitlines() == [
        "begin",
        status_line(figures),
        "fill: sell 0.2 at 30,100, fee 6.02 USD",
    ]


def test_a_live_screen_draws_the_picture(figures: DemoFigures) -> None:
    output = io.StringIO()
    with LiveScreen(Console(file=output, force_terminal=True, width=110)) as screen:
        screen.say("begin [not markup]")
        screen.show(figures, None, 5)
    assert "begin [not markup]" in output.getvalue()
    assert "5 s left" in output.getvalue()


def test_a_live_screen_waits_with_a_spinner(figures: DemoFigures) -> None:
    output = io.StringIO()
    with LiveScreen(Console(file=output, force_terminal=True, width=110)) as screen:
        screen.wait("bot: starting [not markup]")
        before = output.getvalue()
        screen.show(figures, None, 5)
        screen.wait("bot: stopping")
        stopping = output.getvalue().removeprefix(before)
    assert re.search("[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏].* bot: starting \\[not markup]", before)
    assert "last fills" in stopping.rsplit("bot: stopping", 1)[0]


def test_a_plain_screen_prints_what_it_waits_for(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainScreen() as screen:
        screen.wait("bot: starting")
    assert capsys.readouterr().out == "bot: starting\n"


def test_the_screen_fits_the_output() -> None:
    assert isinstance(screen_for(Console(file=io.StringIO(), force_terminal=True)), LiveScreen)
    assert isinstance(screen_for(Console(file=io.StringIO())), PlainScreen)
