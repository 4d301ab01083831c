#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: an amount of 0 means "no such level" to OrderBook, whichever way it comes.
# What happens: apply_diffs takes such a level out, apply_snapshot puts it in: the best price is then one at which
# nothing is offered.
#
# Observed:
#   diff with 0:     asks [(102.0, 1.0)], best ask 102.0
#   snapshot with 0: asks [(101.0, 0.0), (102.0, 1.0)], best ask 101.0
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow

BIDS = [OrderBookRow(99, 1, 1)]


def show(way: str, book: OrderBook) -> None:
    asks = [(row.price, row.amount) for row in book.ask_entries()]
    print(f"{way + ':':16} asks {asks}, best ask {book.get_price(True)}")


book = OrderBook()
book.apply_snapshot(BIDS, [OrderBookRow(101, 1, 1), OrderBookRow(102, 1, 1)], 1)
book.apply_diffs([], [OrderBookRow(101, 0, 2)], 2)
show("diff with 0", book)

book = OrderBook()
book.apply_snapshot(BIDS, [OrderBookRow(101, 0, 1), OrderBookRow(102, 1, 1)], 1)
show("snapshot with 0", book)
PYTHON
