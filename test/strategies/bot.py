"""A bot's process: any strategy in Hummingbot's own engine, as `hbot start` runs it, and a listener to its events.

As `peatio_cli.demo.bot_runner`, on which it is built, for every kind of strategy and any number of exchanges. It ends
at SIGTERM, and when its standard input does.
"""

import asyncio
import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from typing import Any, TextIO

import yaml
from hummingbot.cli.strategy_configs import (
    V2_CONTROLLER_RUNNER,
    config_path,
    create_config_file,
    describe_strategy,
    fill_template,
)
from hummingbot.client.config.config_crypt import ETHKeyFileSecretManger, store_password_verification
from hummingbot.client.config.config_helpers import ClientConfigAdapter
from hummingbot.client.config.security import Security
from hummingbot.client.runner import bootstrap_application, load_and_start_strategy
from hummingbot.client.settings import AllConnectorSettings
from hummingbot.strategy.strategy_v2_base import StrategyV2Base

from peatio_cli.demo.bot_report import OrderCreated, Phase
from peatio_cli.demo.bot_runner import EventListener, quiet_client_config, stop_requests, take_snapshot, wind_down
from peatio_cli.demo.comparison import Side
from test.strategies.assignment import Assignment, Keys

PAIR = "BTC-USD"


class Listener(EventListener):
    """Also takes the price of a market order, which is no number."""

    def _created(self, side: Side, event: Any) -> None:
        self.write(
            OrderCreated(
                client_order_id=event.order_id,
                order_id=str(event.exchange_order_id),
                side=side,
                price=Decimal(0) if event.price.is_nan() else event.price,
                amount=event.amount,
            )
        )


def store_keys(keys: tuple[Keys, ...], manager: ETHKeyFileSecretManger) -> None:
    """Make a key store and put the keys into it."""
    store_password_verification(manager)
    if not Security.login(manager):
        raise RuntimeError("Hummingbot refuses the password that was just set")
    for each in keys:
        config = ClientConfigAdapter(AllConnectorSettings.get_connector_config_keys(each.name))
        if each.domain is not None:
            setattr(config, f"{each.name}_exchange_domain", each.domain)
        setattr(config, f"{each.name}_api_key", each.api_key)
        setattr(config, f"{each.name}_secret_key", each.secret_key.get_secret_value())
        Security.update_secure_config(config)


def write_configurations(assignment: Assignment) -> dict[str, str]:
    """Write the files; returns the arguments of `load_and_start_strategy` that name what to start."""
    files = []
    for number, each in enumerate(assignment.configurations):
        data, required, _ = describe_strategy(each.kind, each.source)
        missing = fill_template(data, required, each.kind, each.values)
        if missing:
            raise ValueError(f"{each.source} needs values for {', '.join(missing)}")
        is_controller = each.kind == "controller"
        files.append(f"conf_{each.values.get('id', number)}.yml" if is_controller else f"{assignment.name}.yml")
        create_config_file(each.kind, files[-1], data)
    kind = assignment.configurations[0].kind
    if kind == "v1-strategy":
        return {"config_file_name": files[0]}
    if kind == "controller":
        loader = {"script_file_name": V2_CONTROLLER_RUNNER, "controllers_config": files}
        config_path("v2-script", f"{assignment.name}.yml").write_text(yaml.safe_dump(loader))
    return {"v2_conf": f"{assignment.name}.yml"}


@contextmanager
def reporting(assignment: Assignment, markets: dict[str, Any]) -> Iterator[list[tuple[Any, Listener]]]:
    """Each connector with the listener that writes what it announces."""
    with ExitStack() as stack:
        files: list[tuple[Any, TextIO]] = [
            (connector, stack.enter_context((assignment.reports / f"{name}.jsonl").open("a", encoding="utf-8")))
            for name, connector in markets.items()
        ]
        yield [(connector, Listener(connector, file)) for connector, file in files]


async def run(assignment: Assignment) -> int:
    """Set up, start, run until stopped; returns the exit code."""
    stop = stop_requests()
    config = quiet_client_config()
    manager = ETHKeyFileSecretManger(secrets.token_urlsafe(24))
    store_keys(assignment.keys, manager)
    StrategyV2Base.max_executors_close_attempts = assignment.stop_attempts
    starts = write_configurations(assignment)
    hummingbot = await bootstrap_application(
        config,
        manager,
        strategy_file_name=assignment.name,
        override_log_level=config.log_level,
        headless=True,
        silence_console=True,
    )
    if hummingbot is None:
        return 1
    started = await load_and_start_strategy(hummingbot, **starts, headless=True)
    if not started or len(hummingbot.markets) != len(assignment.keys):
        await wind_down(hummingbot)
        return 1
    # Nothing was awaited since the start, so no order was placed before the listeners existed.
    with reporting(assignment, dict(hummingbot.markets)) as listeners:
        for _, listener in listeners:
            listener.write(Phase(name="started"))
        try:
            await stop.wait()
        finally:
            is_stopped = await wind_down(hummingbot)
        for connector, listener in listeners:
            listener.write(take_snapshot(connector, PAIR))
            listener.write(Phase(name="stopped"))
    return 0 if is_stopped else 1


def main() -> None:
    """Read the assignment and run."""
    assignment = Assignment.model_validate_json(sys.stdin.buffer.readline())
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # Hummingbot also gets the current loop outside of coroutines
    sys.exit(loop.run_until_complete(run(assignment)))


if __name__ == "__main__":
    main()
