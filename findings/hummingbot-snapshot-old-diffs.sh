#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: OrderBookTracker, which keeps the last 32 diffs of a market, applies those to a snapshot that are newer.
# What happens: OrderBook.restore_from_snapshot_and_diffs looks for the place of the snapshot among them by bisection,
# and a snapshot is less than every other message: all of them are applied, the older ones too. What they set stays,
# although it is gone in the snapshot: after a lost connection, levels from before come back with the new book.
#
# Observed:
#   snapshot 10:     bids [(96.0, 10.0)], snapshot_uid 10, last_diff_uid 0
#   and 11:          bids [(97.0, 11.0), (96.0, 10.0)], snapshot_uid 10, last_diff_uid 11
#   and 5, 6:        bids [(99.0, 5.0), (98.0, 6.0), (96.0, 10.0)], snapshot_uid 10, last_diff_uid 6
#   and 5, 6, 11:    bids [(99.0, 5.0), (98.0, 6.0), (97.0, 11.0), (96.0, 10.0)], snapshot_uid 10, last_diff_uid 11
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_message import OrderBookMessage, OrderBookMessageType


def message(kind: OrderBookMessageType, update_id: int, bids: list[tuple[int, int]]) -> OrderBookMessage:
    content = {"trading_pair": "BTC-USD", "update_id": update_id, "bids": bids, "asks": []}
    return OrderBookMessage(kind, content, timestamp=float(update_id))


def show(what: str, book: OrderBook) -> None:
    bids = [(row.price, row.amount) for row in book.bid_entries()]
    print(f"{what:16} bids {bids}, snapshot_uid {book.snapshot_uid}, last_diff_uid {book.last_diff_uid}")


DIFF, SNAPSHOT = OrderBookMessageType.DIFF, OrderBookMessageType.SNAPSHOT
older = [message(DIFF, 5, [(99, 5)]), message(DIFF, 6, [(98, 6)])]
newer = [message(DIFF, 11, [(97, 11)])]
snapshot = message(SNAPSHOT, 10, [(96, 10)])

book = OrderBook()
book.apply_snapshot(snapshot.bids, snapshot.asks, snapshot.update_id)
show("snapshot 10:", book)
for what, diffs in (("and 11:", newer), ("and 5, 6:", older), ("and 5, 6, 11:", older + newer)):
    book = OrderBook()
    book.restore_from_snapshot_and_diffs(snapshot, diffs)
    show(what, book)
PYTHON
