#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: `_order_book_snapshot` of a connector's order book data source asks the exchange for the book, so that it can
# be called once more after messages were missed.
# What happens: two of them ask nobody. derive gives the last book that its websocket brought, however old, with the
# present time; dexalot gives an empty book, which empties a tracked book if it is handed to the tracker.
#
# Observed:
#   derive: 0 requests, bids [(99.0, 1.0)], time: now
#   dexalot: 0 requests, bids [], time: now
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
import logging
import time
from unittest.mock import patch

from bidict import bidict
from hummingbot.client.settings import AllConnectorSettings
from hummingbot.core.web_assistant.rest_assistant import RESTAssistant

logging.disable()
PAIR = "BTC-USDC"


async def main() -> None:
    """Asks each for its book after it had one, and counts the requests."""
    for name in ("derive", "dexalot"):
        settings = AllConnectorSettings.get_connector_settings()[name]
        connector = settings.non_trading_connector_instance_with_default_configuration([PAIR])
        connector._set_trading_pair_symbol_map(bidict({PAIR: PAIR}))
        source = connector.order_book_tracker.data_source
        if name == "derive":
            old = {
                "instrument_name": PAIR, "publish_id": 7, "timestamp": 1_000_000,
                "bids": [["99", "1"]], "asks": [["101", "1"]],
            }
            await source._parse_order_book_snapshot_message({"params": {"data": old}}, asyncio.Queue())
        with patch.object(RESTAssistant, "execute_request") as request:
            book = await source._order_book_snapshot(PAIR)
        bids = [(row.price, row.amount) for row in book.bids]
        age = "now" if abs(book.timestamp - time.time()) < 60 else "old"
        print(f"{name}: {request.call_count} requests, bids {bids}, time: {age}")


asyncio.run(main())
PYTHON
