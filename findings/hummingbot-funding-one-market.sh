#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: the trade database has each funding payment.
# What happens: it has one per moment. The time is the table's whole primary key, and the recorder drops a payment
# whose time is there already, without a word. Perpetual markets pay at the same time, on most exchanges every 8 h: of
# a bot with several markets or exchanges only the payment that was reported first is recorded.
#
# Observed:
#   reported: ETH-USDT 3, BTC-USDT -12, of other_perpetual BTC-USDT -7; 8 h later BTC-USDT -11
#   recorded: ETH-USDT 3, BTC-USDT -11
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
from hummingbot.core.event.events import FundingPaymentCompletedEvent, MarketEvent
from hummingbot.model.funding_payment import FundingPayment
from hummingbot.model.sql_connection_manager import SQLConnectionManager, SQLConnectionType

logging.disable()

EIGHT_O_CLOCK, RATE = 1_760_000_000 // 28_800 * 28_800, Decimal("0.0001")


class Connector(ConnectorBase):
    """As much of a connector as the recorder needs."""

    def __init__(self, name: str) -> None:
        self.called = name
        super().__init__()

    @property
    def name(self) -> str:
        return self.called

    def paid(self, pair: str, amount: int, time: int = EIGHT_O_CLOCK) -> None:
        event = FundingPaymentCompletedEvent(time, self.name, pair, Decimal(amount), RATE)
        self.trigger_event(MarketEvent.FundingPaymentCompleted, event)


async def main() -> None:
    folder, database = sys.argv[1], SQLConnectionType.TRADE_FILLS
    sql = SQLConnectionManager(ClientConfigAdapter(ClientConfigMap()), database, f"{folder}/trades.sqlite")
    some, other = Connector("some_perpetual"), Connector("other_perpetual")
    MarketsRecorder(sql, [some, other], "conf.yml", "strategy", MarketDataCollectionConfigMap()).start()
    print("reported: ETH-USDT 3, BTC-USDT -12, of other_perpetual BTC-USDT -7; 8 h later BTC-USDT -11")
    some.paid("ETH-USDT", 3)
    some.paid("BTC-USDT", -12)
    other.paid("BTC-USDT", -7)
    some.paid("BTC-USDT", -11, EIGHT_O_CLOCK + 28_800)
    with sql.get_new_session() as session:
        recorded = FundingPayment.get_funding_payments(session)
        print("recorded:", ", ".join(f"{payment.symbol} {payment.amount:.0f}" for payment in recorded))


asyncio.run(main())
PYTHON
