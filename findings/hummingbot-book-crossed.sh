#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: OrderBook.apply_diffs changes the levels named in the diff and no others.
# What happens: a level that a newer one of the other side reaches or crosses is deleted, and does not come back when
# the newer one goes. Where the two sides of a match arrive one after the other, and some of the touched level was left,
# the book has lost it for good. A snapshot that is crossed in itself is kept as it is.
#
# Observed:
#   snapshot:          bids [99.0], asks [101.0, 102.0], best ask 101.0
#   bid at 101 added:  bids [101.0, 99.0], asks [102.0], best ask 102.0
#   bid at 101 gone:   bids [99.0], asks [102.0], best ask 102.0
#   crossed snapshot:  bids [99.0], asks [98.0, 102.0], best ask 98.0
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow

book = OrderBook()


def show(moment: str) -> None:
    bids, asks = ([row.price for row in rows] for rows in (book.bid_entries(), book.ask_entries()))
    print(f"{moment + ':':18} bids {bids}, asks {asks}, best ask {book.get_price(True)}")


book.apply_snapshot([OrderBookRow(99, 1, 1)], [OrderBookRow(101, 5, 1), OrderBookRow(102, 1, 1)], 1)
show("snapshot")
book.apply_diffs([OrderBookRow(101, 2, 2)], [], 2)
show("bid at 101 added")
book.apply_diffs([OrderBookRow(101, 0, 3)], [], 3)
show("bid at 101 gone")
book.apply_snapshot([OrderBookRow(99, 1, 4)], [OrderBookRow(98, 1, 4), OrderBookRow(102, 1, 4)], 4)
show("crossed snapshot")
PYTHON
