"""The bot's process: Hummingbot's own engine in an instance directory, and a listener to its events.

Started by `bot_process` with the instance first on PYTHONPATH. Standard input has one line, the `BotAssignment`, and
then stays open: when it closes, the demo's process has ended and the bot stops. SIGTERM and SIGINT stop it too. Exit
codes: 0 stopped on request, 1 the strategy could not be started or stopped properly; see Hummingbot's log.

This module does the same as `hbot connect`, `hbot create` and `hbot start` (hummingbot/cli), and adds the listener and
the file that it writes.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from decimal import Decimal
from functools import partial
from typing import Any, TextIO

from hummingbot.cli.strategy_configs import create_config_file, describe_strategy, fill_template
from hummingbot.client.config.client_config_map import AnonymizedMetricsDisabledMode
from hummingbot.client.config.config_crypt import ETHKeyFileSecretManger, store_password_verification
from hummingbot.client.config.config_helpers import (
    ClientConfigAdapter,
    get_connector_config_yml_path,
    load_client_config_map_from_file,
    save_to_yml,
)
from hummingbot.client.config.security import Security
from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.client.runner import bootstrap_application, load_and_start_strategy
from hummingbot.client.settings import CLIENT_CONFIG_PATH, AllConnectorSettings
from hummingbot.core.data_type.common import PriceType
from hummingbot.core.event.event_forwarder import SourceInfoEventForwarder
from hummingbot.core.event.events import MarketEvent
from hummingbot.core.rate_oracle.rate_oracle import RateOracle
from hummingbot.core.rate_oracle.sources.rate_source_base import RateSourceBase

from peatio_cli.demo.bot_report import (
    BotAssignment,
    OrderCreated,
    OrderEnded,
    OrderFilled,
    Phase,
    Quote,
    Report,
    Snapshot,
)
from peatio_cli.demo.comparison import Side

CONNECTOR = "peatio"
STRATEGY = "pure_market_making"
STRATEGY_TYPE = "v1-strategy"
SNAPSHOT_INTERVAL_S = 0.5


class NoRates(RateSourceBase):
    """A rate source without requests: by default Hummingbot would request rates from a large exchange every second.
    Without rates it takes those for its fee column from the connector's own order book."""

    @property
    def name(self) -> str:
        """Its name in Hummingbot's log."""
        return "none"

    async def get_prices(self, quote_token: str | None = None) -> dict[str, Decimal]:
        """No prices."""
        return {}


class EventListener:
    """Writes each order event of a connector to the report file, as soon as Hummingbot announces it."""

    def __init__(self, connector: Any, file: TextIO) -> None:
        self._file = file
        # Hummingbot holds only weak references to listeners.
        self._forwarders = [
            self._listen(connector, MarketEvent.BuyOrderCreated, partial(self._created, "buy")),
            self._listen(connector, MarketEvent.SellOrderCreated, partial(self._created, "sell")),
            self._listen(connector, MarketEvent.OrderFilled, self._filled),
            self._listen(connector, MarketEvent.BuyOrderCompleted, partial(self._ended, "filled")),
            self._listen(connector, MarketEvent.SellOrderCompleted, partial(self._ended, "filled")),
            self._listen(connector, MarketEvent.OrderCancelled, partial(self._ended, "cancelled")),
            self._listen(connector, MarketEvent.OrderFailure, partial(self._ended, "failed")),
        ]

    def write(self, report: Report) -> None:
        """Append a report and flush it, so that it is not lost if this process dies."""
        self._file.write(report.model_dump_json() + "\n")
        self._file.flush()

    def _listen(self, connector: Any, event: MarketEvent, receive: Any) -> SourceInfoEventForwarder:
        forwarder = SourceInfoEventForwarder(lambda _tag, _source, what: receive(what))
        connector.add_listener(event, forwarder)
        return forwarder

    def _created(self, side: Side, event: Any) -> None:
        self.write(
            OrderCreated(
                client_order_id=event.order_id,
                order_id=str(event.exchange_order_id),
                side=side,
                price=event.price,
                amount=event.amount,
                took_s=time.time() - event.creation_timestamp,
            )
        )

    def _filled(self, event: Any) -> None:
        self.write(
            OrderFilled(
                client_order_id=event.order_id,
                order_id=str(event.exchange_order_id),
                trade_id=str(event.exchange_trade_id),
                side="buy" if event.trade_type.name == "BUY" else "sell",
                price=event.price,
                amount=event.amount,
                fees=tuple((fee.token, fee.amount) for fee in event.trade_fee.flat_fees),
            )
        )

    def _ended(self, state: Any, event: Any) -> None:
        self.write(OrderEnded(client_order_id=event.order_id, state=state))


def take_snapshot(connector: Any, trading_pair: str) -> Snapshot:
    """The connector's current state."""
    mid_price = connector.get_price_by_type(trading_pair, PriceType.MidPrice)
    return Snapshot(
        mid_price=None if mid_price is None or mid_price.is_nan() else mid_price,
        quotes=tuple(
            Quote(
                side="buy" if order.is_buy else "sell",
                price=order.price,
                amount=order.quantity - order.filled_quantity,
            )
            for order in connector.limit_orders
        ),
        balances=dict(connector.get_all_balances()),
    )


def quiet_client_config() -> ClientConfigAdapter:
    """The instance's client configuration, set to contact no other host than the exchange: no metrics, no paper-trade
    exchanges (Hummingbot would fetch the markets of four large ones)."""
    config = load_client_config_map_from_file()
    config.anonymized_metrics_mode = AnonymizedMetricsDisabledMode()
    config.paper_trade.paper_trade_exchanges = []
    save_to_yml(CLIENT_CONFIG_PATH, config)
    RateOracle.get_instance().source = NoRates()
    return config


def store_keys(assignment: BotAssignment, secrets: ETHKeyFileSecretManger) -> None:
    """Make a key store with the assignment's password and put the exchange's keys into it, encrypted."""
    store_password_verification(secrets)
    for earlier in get_connector_config_yml_path(CONNECTOR).parent.glob("*.yml"):
        earlier.unlink()  # of an earlier demo, under another password
    if not Security.login(secrets):
        raise RuntimeError("Hummingbot refuses the password that was just set")
    keys = ClientConfigAdapter(AllConnectorSettings.get_connector_config_keys(CONNECTOR))
    keys.peatio_exchange_domain = assignment.exchange_domain
    keys.peatio_api_key = assignment.api_key
    keys.peatio_secret_key = assignment.secret_key.get_secret_value()
    Security.update_secure_config(keys)


def write_strategy(assignment: BotAssignment) -> None:
    """Write the strategy's configuration, filled in over Hummingbot's defaults as `hbot create` does."""
    data, required, _ = describe_strategy(STRATEGY_TYPE, STRATEGY)
    values = {"exchange": CONNECTOR, "market": assignment.trading_pair, **assignment.strategy}
    missing = fill_template(data, required, STRATEGY_TYPE, values)
    if missing:
        raise ValueError(f"the strategy needs values for {', '.join(missing)}")
    create_config_file(STRATEGY_TYPE, assignment.strategy_file, data)


def stop_requests() -> asyncio.Event:
    """An event that is set by SIGTERM, by SIGINT, and when standard input ends."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    standard_input = sys.stdin.fileno()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def input_readable() -> None:
        if not os.read(standard_input, 4096):
            loop.remove_reader(standard_input)
            stop.set()

    loop.add_reader(standard_input, input_readable)
    return stop


async def report_until(stop: asyncio.Event, connector: Any, trading_pair: str, listener: EventListener) -> None:
    """Report `ready` once and a snapshot every half second, until asked to stop."""
    is_ready = False
    while not stop.is_set():
        if connector.ready:
            if not is_ready:
                is_ready = True
                listener.write(Phase(name="ready"))
            listener.write(take_snapshot(connector, trading_pair))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), SNAPSHOT_INTERVAL_S)


async def run(assignment: BotAssignment) -> int:
    """Set up, start, report until stopped, shut down; returns the exit code."""
    stop = stop_requests()
    config = quiet_client_config()
    secrets = ETHKeyFileSecretManger(assignment.password.get_secret_value())
    store_keys(assignment, secrets)
    write_strategy(assignment)
    hummingbot = await bootstrap_application(
        config,
        secrets,
        strategy_file_name=assignment.strategy_file,
        override_log_level=config.log_level,
        headless=True,
        silence_console=True,
    )
    if hummingbot is None:
        return 1
    started = await load_and_start_strategy(hummingbot, config_file_name=assignment.strategy_file, headless=True)
    # Hummingbot logs an error of the connector's constructor and still counts the strategy as started.
    connector = hummingbot.markets.get(CONNECTOR)
    if not started or connector is None:
        await wind_down(hummingbot)
        return 1
    with assignment.report_file.open("a", encoding="utf-8") as file:
        # Nothing was awaited since the start, so no order was placed before the listener existed.
        listener = EventListener(connector, file)
        listener.write(Phase(name="started"))
        try:
            await report_until(stop, connector, assignment.trading_pair, listener)
        finally:
            stopped = await wind_down(hummingbot)
        listener.write(take_snapshot(connector, assignment.trading_pair))
        listener.write(Phase(name="stopped"))
    return 0 if stopped else 1


async def wind_down(hummingbot: HummingbotApplication) -> bool:
    """Runs Hummingbot's own shutdown: stops the strategy, cancels its orders, stops the connector."""
    try:
        await hummingbot.stop_loop()
        return bool(await hummingbot.trading_core.shutdown())
    except Exception:
        logging.getLogger(__name__).exception("The bot could not be stopped properly.")
        return False


def main[Task: BotAssignment](kind: type[Task], run: Callable[[Task], Coroutine[Any, Any, int]]) -> None:
    """Read the assignment from stdin, run it, and exit with its code."""
    task = kind.model_validate_json(sys.stdin.buffer.readline())
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # Hummingbot also gets the current loop outside of coroutines
    sys.exit(loop.run_until_complete(run(task)))


if __name__ == "__main__":
    main(BotAssignment, run)
