"""What an operator found out about a hedge that the bot could not."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from peatio_liquidity.fills import Fill, Venue
from peatio_liquidity.hedge_journal import SETTLED, Hedge, HedgeJournal, HedgeJournalError


def settle(
    path: Path,
    number: int,
    filled: Decimal,
    price: Decimal,
    now_s: float,
    fee: tuple[str, Decimal] | None = None,
) -> Hedge:
    """Writes down what an operator found out about a hedge: how much of it was traded, and that it has ended.

    :param filled: in base, all of it; what the journal has already is not counted again
    :param price: the average, in the source's quote currency
    :param fee: charged for what the journal does not have: (currency, amount)
    :raises HedgeJournalError: when there is no such hedge, it has ended, or it was smaller
    """
    if not path.is_file():
        raise HedgeJournalError(f"there is no file {path}; remedy: take the path from the bot's log")
    with closing(sqlite3.connect(path)) as file:
        try:
            row = file.execute("SELECT markets FROM about").fetchone()
        except sqlite3.Error as error:
            raise HedgeJournalError(f"{path} is no hedge journal: {error}") from error
    journal = HedgeJournal(path, row[0], now_s)
    try:
        hedge = next((hedge for hedge in journal.pending() if hedge.number == number), None)
        if hedge is None:
            raise HedgeJournalError(f"hedge {number} is not under way in {path}")
        if not hedge.filled <= filled <= hedge.amount or (filled > hedge.filled and price <= 0):
            raise HedgeJournalError(
                f"hedge {number}: --filled must be between {hedge.filled:f} and {hedge.amount:f}, with its --price"
            )
        if more := filled - hedge.filled:
            key = trade_id = f"{SETTLED}{number}"
            if hedge.client_order_id is None:
                journal.sent(number, key)  # a fill finds its hedge by it
            else:
                key = hedge.client_order_id
            pair = row[0].partition(" / ")[2].split()[1]  # CONNECTOR BASE-QUOTE, and more where it is paper
            charged = [] if fee is None else [fee]
            fill = Fill.of(key, trade_id, hedge.is_buy, more, more * price, pair, charged, now_s)
            journal.add_fill(Venue.SOURCE, fill)
        journal.ended(number, "settled by the operator")
        return hedge
    finally:
        journal.close()
