#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: `hbot stop` and TradingCore.shutdown wait for each connector's stop_network, so that it can close streams,
# files and heartbeats.
# What happens: shutdown starts stop_network as a task and returns without waiting for it. The engine of `hbot` then
# ends its event loop, which cancels the task: code behind its first wait runs only as far as the cancellation lets it.
# What has to happen at a stop belongs in front of the first wait.
#
# Observed:
#   shutdown returned True after: nothing
#   when the loop had ended: before the first wait, cancelled while waiting
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
import logging

from hummingbot.client.config.client_config_map import ClientConfigMap
from hummingbot.client.config.config_helpers import ClientConfigAdapter
from hummingbot.core.network_iterator import NetworkIterator
from hummingbot.core.rate_oracle.rate_oracle import RateOracle
from hummingbot.core.trading_core import TradingCore

logging.disable()

steps: list[str] = []


class Connector(NetworkIterator):
    """As much of a connector as the trading core needs."""

    async def stop_network(self) -> None:
        steps.append("before the first wait")
        try:
            await asyncio.sleep(0.5)
        except asyncio.CancelledError:
            steps.append("cancelled while waiting")
            raise
        steps.append("all of it")


async def main() -> None:
    core = TradingCore(ClientConfigAdapter(ClientConfigMap()))
    connector = Connector()
    core.connector_manager.connectors["some"] = connector
    RateOracle.get_instance().unregister_connector = lambda name: None
    print("shutdown returned", await core.shutdown(skip_order_cancellation=True), "after:", ", ".join(steps) or "nothing")


asyncio.run(main())
print("when the loop had ended:", ", ".join(steps))
PYTHON
