#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: the connector bing_x treats all messages of BingX's depth channel alike, which each bring the best levels whole.
# What happens: two tasks wait for them at one queue, because its names for diffs and for snapshots are the same. Every
# second message replaces the book. The others are taken as changes: the first one is dropped, as its number has another
# unit than the first book's, and after each later one levels that are gone are still there.
#
# Observed:
#   the exchange's bid is 101, the book has [100.0]
#   the exchange's bid is 102, the book has [102.0]
#   the exchange's bid is 103, the book has [103.0, 102.0]
#   the exchange's bid is 104, the book has [104.0, 103.0]
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
import logging
import time
from unittest.mock import AsyncMock

from hummingbot.connector.exchange.bing_x.bing_x_exchange import BingXExchange

logging.disable()
PAIR = "BTC-USDT"


async def main() -> None:
    """Gives the connector's own tracker one first book and four messages of one bid each."""
    connector = BingXExchange("", "", trading_pairs=[PAIR], trading_required=False)
    tracker = connector.order_book_tracker
    source = tracker.data_source
    first = {"bids": [["100", "1"]], "asks": [["110", "1"]], "timestamp": time.time_ns() // 1_000_000}
    source._request_order_book_snapshot = AsyncMock(return_value=first)
    source.get_last_traded_prices = AsyncMock(return_value={PAIR: 105.0})
    source.listen_for_subscriptions = AsyncMock()
    tracker.start()
    await tracker.wait_ready()
    for price in ("101", "102", "103", "104"):
        data = {"bids": [[price, "1"]], "asks": [["110", "1"]]}
        # As `_process_ws_messages` does with a message of the channel.
        message = {"dataType": f"{PAIR}@depth", "symbol": PAIR, "data": data}
        source._message_queue[source._diff_messages_queue_key].put_nowait(message)
        await asyncio.sleep(0.05)
        bids = [row.price for row in tracker.order_books[PAIR].bid_entries()]
        print(f"the exchange's bid is {price}, the book has {bids}")
    tracker.stop()


asyncio.run(main())
PYTHON
