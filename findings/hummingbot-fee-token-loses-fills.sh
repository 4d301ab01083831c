#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# For an account that pays its fees in BNB, the package's template of `conf_fee_overrides.yml` proposes these lines:
#   binance_percent_fee_token:  # BNB
#   binance_buy_percent_fee_deducted_from_returns:  # True
# Guess: filled in like that, or with the second left at the default, which is the same, they make the bot estimate its
# fees in BNB.
# What happens: the two exclude each other, which a bare assertion says each time that the connector reads its fees, and
# it does so for every fill. The bot learns of no fill, by the stream or by the poll, and its orders stay open for it,
# although the messages of the exchange name the fee themselves. It takes `False` in the second line.
#
# Observed:
#   percent_fee_token None, buy_percent_fee_deducted_from_returns None
#     by the stream: filled 1, order FILLED, completed True
#     by the poll: filled 1, order FILLED, completed True
#   percent_fee_token BNB, buy_percent_fee_deducted_from_returns None
#     by the stream: filled 0, order OPEN, completed False, AssertionError
#     by the poll: filled 0, order OPEN, completed False, AssertionError
#   percent_fee_token BNB, buy_percent_fee_deducted_from_returns True
#     by the stream: filled 0, order OPEN, completed False, AssertionError
#     by the poll: filled 0, order OPEN, completed False, AssertionError
#   percent_fee_token BNB, buy_percent_fee_deducted_from_returns False
#     by the stream: filled 1, order FILLED, completed True
#     by the poll: filled 1, order FILLED, completed True
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
import sys
from collections.abc import AsyncIterator
from decimal import Decimal

from bidict import bidict

from hummingbot.client.config.fee_overrides_config_map import fee_overrides_config_map
from hummingbot.connector.exchange.binance.binance_exchange import BinanceExchange
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.event_logger import EventLogger
from hummingbot.core.event.events import BuyOrderCompletedEvent, MarketEvent, OrderFilledEvent

NAME, PAIR, PRICE = "order", "BTC-USDT", Decimal(60000)
REPORT = {
    "e": "executionReport", "x": "TRADE", "X": "FILLED", "c": NAME, "i": 7, "t": 1, "n": "0.075", "N": "BNB", "l": "1",
    "L": "60000", "T": 1000, "E": 1000,
}
TRADE = {
    "id": 1, "orderId": 7, "commission": "0.075", "commissionAsset": "BNB", "qty": "1", "quoteQty": "60000",
    "price": "60000", "time": 1000, "isBuyer": True, "isMaker": True,
}


class Log:
    """Notes the kinds of the errors that are logged, instead of logging."""

    def __init__(self) -> None:
        self.errors: set[str] = set()

    def error(self, *_: object, exc_info: bool = False, **__: object) -> None:
        if exc_info:
            self.errors.add(sys.exc_info()[0].__name__)

    network = warning = info = debug = error


class Binance(BinanceExchange):
    """The connector with what the exchange says of the one order, instead of the network."""

    messages = Log()

    @classmethod
    def logger(cls) -> Log:
        return cls.messages

    async def _iter_user_event_queue(self) -> AsyncIterator[dict]:
        yield REPORT

    async def _api_get(self, path_url: str, **_: object) -> object:
        if path_url == "/myTrades":
            return [TRADE]
        assert path_url == "/order"
        return {"status": "FILLED", "orderId": 7, "updateTime": 1000}

    async def _update_balances(self) -> None:
        """They are not looked at."""

    async def _update_time_synchronizer(self, pass_on_non_cancelled_error: bool = False) -> None:
        """There is no server."""

    async def _sleep(self, delay: float) -> None:
        """Its pause after an error, which is longer in the stream."""
        await asyncio.sleep(0.5)


async def show(token: str | None, deducted: bool | None, stream: bool) -> None:
    """Prints what becomes of an order to buy 1 that the exchange fills."""
    Binance.messages = Log()
    fee_overrides_config_map["binance_percent_fee_token"].value = token
    fee_overrides_config_map["binance_buy_percent_fee_deducted_from_returns"].value = deducted
    connector, events = Binance("", "", trading_pairs=[PAIR], trading_required=False), EventLogger()
    connector._set_trading_pair_symbol_map(bidict({"BTCUSDT": PAIR}))
    connector._set_current_timestamp(1_000_000.0)
    for kind in (MarketEvent.OrderFilled, MarketEvent.BuyOrderCompleted):
        connector.add_listener(kind, events)
    connector.start_tracking_order(NAME, "7", PAIR, TradeType.BUY, PRICE, Decimal(1), OrderType.LIMIT)
    order = connector.in_flight_orders[NAME]
    order.current_state = OrderState.OPEN
    if stream:
        task = asyncio.create_task(connector._user_stream_event_listener())
    else:
        connector._poll_notifier.set()
        task = asyncio.create_task(connector._status_polling_loop())
    await asyncio.sleep(2)
    task.cancel()
    errors = "".join(f", {kind}" for kind in sorted(Binance.messages.errors))
    filled = sum(event.amount for event in events.event_log if isinstance(event, OrderFilledEvent))
    completed = any(isinstance(event, BuyOrderCompletedEvent) for event in events.event_log)
    print(
        f"  by the {'stream' if stream else 'poll'}: filled {filled}, order {order.current_state.name},"
        f" completed {completed}{errors}"
    )


async def main() -> None:
    for token, deducted in ((None, None), ("BNB", None), ("BNB", True), ("BNB", False)):
        print(f"percent_fee_token {token}, buy_percent_fee_deducted_from_returns {deducted}")
        await show(token, deducted, True)
        await show(token, deducted, False)


asyncio.run(main())
PYTHON
