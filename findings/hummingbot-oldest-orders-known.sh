#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: at a start the recorder tells a connector the bot's last orders, so that a fill that was missed is known as the
# bot's, although its order is not tracked any more.
# What happens: it tells the first 2000 that the bot ever placed: they are sorted by time, and it takes those in front.
# With more in the database, no fill of a recent order is known. Connectors that look for missed fills with
# is_confirmed_new_order_filled_event (binance, mexc and others) then leave them out; a young bot shows nothing of it.
#
# Observed:
#   order    1 of 2001: its fill is known as the bot's: True
#   order 2000 of 2001: its fill is known as the bot's: True
#   order 2001 of 2001: its fill is known as the bot's: False
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - "$work" <<'PYTHON' | check_observed
import asyncio
import logging
import sys
from decimal import Decimal

from hummingbot.client.config.client_config_map import ClientConfigMap, MarketDataCollectionConfigMap
from hummingbot.client.config.config_helpers import ClientConfigAdapter
from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.connector.markets_recorder import MarketsRecorder
from hummingbot.model.order import Order
from hummingbot.model.sql_connection_manager import SQLConnectionManager, SQLConnectionType

logging.disable()

PAIR, COUNT, START_MS = "BTC-USD", 2001, 1_760_000_000_000


class Connector(ConnectorBase):
    """As much of a connector as the recorder needs."""

    display_name = name = "some"


def order(number: int) -> Order:
    """A cancelled order as the recorder leaves it, one per second."""
    return Order(
        id=f"mine {number}", config_file_path="conf.yml", strategy="strategy", market="some", symbol=PAIR,
        base_asset="BTC", quote_asset="USD", creation_timestamp=START_MS + 1000 * number, order_type="LIMIT",
        amount=Decimal(1), leverage=1, price=Decimal(30000), last_status="OrderCancelled",
        last_update_timestamp=START_MS + 1000 * number, exchange_order_id=f"theirs {number}", position="NIL",
    )


async def main() -> None:
    folder, database = sys.argv[1], SQLConnectionType.TRADE_FILLS
    sql = SQLConnectionManager(ClientConfigAdapter(ClientConfigMap()), database, f"{folder}/trades.sqlite")
    with sql.get_new_session() as session, session.begin():
        session.add_all(order(number) for number in range(1, COUNT + 1))
    connector = Connector()
    MarketsRecorder(sql, [connector], "conf.yml", "strategy", MarketDataCollectionConfigMap()).start()
    for number in (1, COUNT - 1, COUNT):
        known = connector.is_confirmed_new_order_filled_event(f"trade {number}", f"theirs {number}", PAIR)
        print(f"order {number:4} of {COUNT}: its fill is known as the bot's: {known}")


asyncio.run(main())
PYTHON
