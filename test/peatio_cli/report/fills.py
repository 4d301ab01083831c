"""Fills for the tests of the report."""

from decimal import Decimal

from peatio_cli.report.fill import Fill
from peatio_cli.report.profit import EXACT, MarketBook, MarketFigures

D = Decimal


def fill(
    side: str,
    amount: str,
    price: str,
    fee: str = "0 USD",
    pair: str = "BTC-USD",
    order_id: str = "1",
    trade_id: str = "1",
    at_s: float = 0.0,
    total: str | None = None,
    account: str = "a",
) -> Fill:
    """:param fee: amount and currency
    :param total: None is price times amount
    """
    charged, _, currency = fee.partition(" ")
    booked = EXACT.multiply(D(price), D(amount)) if total is None else D(total)
    is_buy = {"buy": True, "sell": False}[side]
    return Fill(
        order_id, trade_id, account, pair, is_buy, D(price), D(amount), booked, D(charged), currency, at_s
    )


def figures_of(*fills: Fill) -> MarketFigures:
    book = MarketBook(fills[0].base, fills[0].quote)
    for one in fills:
        book.add(one)
    return book.figures()
