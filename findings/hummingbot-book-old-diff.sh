#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: OrderBook, which keeps the update ids of its last snapshot and diff, ignores a diff older than they are.
# What happens: it applies every diff and its `last_diff_uid` goes backwards. Only the tracker's router drops old ones,
# and only those older than the *snapshot*: who hands diffs to the book directly has to look at the order.
#
# Observed:
#   snapshot 10: bids [(99.0, 1.0)], snapshot_uid 10, last_diff_uid 0
#   diff 12:     bids [(99.0, 2.0)], snapshot_uid 10, last_diff_uid 12
#   diff 4:      bids [(99.0, 7.0)], snapshot_uid 10, last_diff_uid 4
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow

book = OrderBook()


def show(update: str) -> None:
    bids = [(row.price, row.amount) for row in book.bid_entries()]
    print(f"{update + ':':12} bids {bids}, snapshot_uid {book.snapshot_uid}, last_diff_uid {book.last_diff_uid}")


book.apply_snapshot([OrderBookRow(99, 1, 10)], [OrderBookRow(101, 1, 10)], 10)
show("snapshot 10")
for update_id, amount in ((12, 2), (4, 7)):
    book.apply_diffs([OrderBookRow(99, amount, update_id)], [], update_id)
    show(f"diff {update_id}")
PYTHON
