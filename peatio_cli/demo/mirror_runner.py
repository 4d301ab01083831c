"""The process of the demo's mirror: the controller `peatio_liquidity` on two exchanges, and a listener to each.

As `bot_runner`, for a controller: `hbot connect` for both exchanges, `hbot create` and `hbot start`.
"""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import yaml
from hummingbot.cli.strategy_configs import (
    V2_CONTROLLER_RUNNER,
    config_path,
    create_config_file,
    describe_strategy,
    fill_template,
)
from hummingbot.client.config.config_crypt import ETHKeyFileSecretManger
from hummingbot.client.config.config_helpers import ClientConfigAdapter
from hummingbot.client.config.security import Security
from hummingbot.client.runner import bootstrap_application, load_and_start_strategy
from hummingbot.client.settings import AllConnectorSettings

from peatio_cli.demo.bot_report import MirrorAssignment, Phase
from peatio_cli.demo.bot_runner import (
    CONNECTOR,
    EventListener,
    main,
    quiet_client_config,
    report_until,
    stop_requests,
    store_keys,
    take_snapshot,
    wind_down,
)

CONTROLLER = "peatio_liquidity"


def store_source_keys(assignment: MirrorAssignment) -> None:
    """The keys of the other exchange, whose address is in conf/peatio.yml."""
    keys = ClientConfigAdapter(AllConnectorSettings.get_connector_config_keys(assignment.source))
    setattr(keys, f"{assignment.source}_api_key", assignment.source_api_key)
    setattr(keys, f"{assignment.source}_secret_key", assignment.source_secret_key.get_secret_value())
    Security.update_secure_config(keys)


def write_controller(assignment: MirrorAssignment) -> str:
    """Write the controller's configuration and that of the script which runs it; the script's file name."""
    data, required, _ = describe_strategy("controller", CONTROLLER)
    missing = fill_template(data, required, "controller", dict(assignment.strategy))
    if missing:
        raise ValueError(f"the controller needs values for {', '.join(missing)}")
    create_config_file("controller", assignment.strategy_file, data)
    script = {"script_file_name": V2_CONTROLLER_RUNNER, "controllers_config": [assignment.strategy_file]}
    config_path("v2-script", assignment.strategy_file).write_text(yaml.safe_dump(script), encoding="utf-8")
    return assignment.strategy_file


@contextmanager
def listening(assignment: MirrorAssignment, markets: dict[str, Any]) -> Iterator[dict[str, EventListener]]:
    """What each connector announces goes to its file."""
    files = {CONNECTOR: assignment.report_file, assignment.source: assignment.source_report_file}
    with ExitStack() as stack:
        yield {
            name: EventListener(markets[name], stack.enter_context(path.open("a", encoding="utf-8")))
            for name, path in files.items()
        }


async def run(assignment: MirrorAssignment) -> int:
    """Set up, start, report until stopped, shut down; returns the exit code."""
    stop = stop_requests()
    config = quiet_client_config()
    secrets = ETHKeyFileSecretManger(assignment.password.get_secret_value())
    store_keys(assignment, secrets)
    store_source_keys(assignment)
    script = write_controller(assignment)
    hummingbot = await bootstrap_application(
        config,
        secrets,
        strategy_file_name=script,
        override_log_level=config.log_level,
        headless=True,
        silence_console=True,
    )
    if hummingbot is None:
        return 1
    started = await load_and_start_strategy(hummingbot, v2_conf=script, headless=True)
    markets = dict(hummingbot.markets)
    if not started or not {CONNECTOR, assignment.source} <= markets.keys():
        await wind_down(hummingbot)
        return 1
    with listening(assignment, markets) as listeners:
        own = listeners[CONNECTOR]
        own.write(Phase(name="started"))
        followers = [
            asyncio.ensure_future(report_until(stop, markets[name], assignment.trading_pair, listener))
            for name, listener in listeners.items()
        ]
        try:
            await asyncio.gather(*followers)
        finally:
            stopped = await wind_down(hummingbot)
        for name, listener in listeners.items():
            listener.write(take_snapshot(markets[name], assignment.trading_pair))
        own.write(Phase(name="stopped"))
    return 0 if stopped else 1


if __name__ == "__main__":
    main(MirrorAssignment, run)
