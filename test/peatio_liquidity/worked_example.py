"""A pair's fills with figures that were worked out by hand."""

from decimal import Decimal
from pathlib import Path

from peatio_liquidity.fills import Fill, Venue
from peatio_liquidity.hedge_journal import HedgeJournal

D = Decimal
MARKETS = "peatio BTC-USD / binance BTC-USDT"
AT_S = 10.0


def fill(
    key: str, trade_id: str, side: str, amount: str, total: str, base: str, quote: str, *other: tuple[str, Decimal]
) -> Fill:
    """:param base, quote: by how much the account changed"""
    return Fill(key, trade_id, side == "buy", D(amount), D(base), D(quote), AT_S, D(total), other)


def worked_example(path: Path) -> HedgeJournal:
    """Bought 2 at 100 here, of which the fee is 0.02; sold there at a rate of 2 with 0.1 % of fee and some BNB.

    In own quote: 192.9 was sold there (1 at 102, the best price when the hedge was sent, 0.9 at 101), with a fee of
    0.102 and a slippage of 0.9; 0.08 is left, and the cash is -7.202.
    """
    journal = HedgeJournal(path, MARKETS, 1.0)
    journal.add_fill(Venue.OWN, fill("hbot-1", "1", "buy", "2", "200", "1.98", "-200"))
    number = journal.write(False, D("1.98"), D(50), 5.0, best=D(51), rate=D(2))
    journal.sent(number, "hbot-2")
    journal.add_fill(Venue.SOURCE, fill("hbot-2", "7", "sell", "1", "51", "-1", "50.949"))
    journal.add_fill(Venue.SOURCE, fill("hbot-2", "8", "sell", "0.9", "45.45", "-0.9", "45.45", ("BNB", D("0.01"))))
    return journal
