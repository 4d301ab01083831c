"""A bot of a fleet: headless Hummingbot under an MQTT broker, with Hummingbot's root as working directory.

Hummingbot's own headless mode ends at SIGTERM without cancelling orders; here SIGTERM, SIGINT and SIGHUP stop the
strategy and cancel its orders first.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from hummingbot.cli import bot
from hummingbot.client.config.config_crypt import ETHKeyFileSecretManger
from hummingbot.client.config.config_helpers import ClientConfigAdapter, load_client_config_map_from_file
from hummingbot.client.config.security import Security
from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.client.runner import bootstrap_application
from hummingbot.client.settings import CLIENT_CONFIG_PATH, CONF_DIR_PATH

from peatio_cli.console.notices import show_notices
from peatio_cli.demo.bot_runner import wind_down
from peatio_cli.fleet.application import FleetApplication
from peatio_cli.fleet.health import PERIOD_S, HealthFile, State
from peatio_cli.fleet.keys import bots_keys, empty_key_store, use_keys
from peatio_cli.fleet.settings import KEYS_OPTION, SECRET_VARIABLES, FleetError, FleetSettings, settings_from
from peatio_cli.install.client_settings import write_client_settings
from peatio_cli.install.environment_keys import EnvironmentKeys, KeysError, all_key_variables
from peatio_cli.install.instance import MARKER_NAME, OWN_DIRECTORIES, Instance, InstanceError, in_use


def configure(config: ClientConfigAdapter, settings: FleetSettings) -> None:
    """Overrides the configuration file by `settings` for this run."""
    bridge = config.mqtt_bridge
    given = (
        (config, "instance_id", settings.name),
        (config, "rate_limits_share_pct", settings.share_pct),
        (bridge, "mqtt_host", settings.broker_host),
        (bridge, "mqtt_port", settings.broker_port),
        (bridge, "mqtt_username", settings.broker_user),
        (bridge, "mqtt_password", settings.broker_password),
    )
    for section, name, value in given:
        if value is not None:
            setattr(section, name, value)


async def run(settings: FleetSettings, password: str, keys: Mapping[str, EnvironmentKeys]) -> int:
    """Runs until a signal asks it to end; returns the exit code.

    :param password: of the key store
    :param keys: connector's name → keys that are used instead of stored ones
    :raises FleetError, KeysError: when it cannot start
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    health = asyncio.create_task(_report_health(stop))
    try:
        return await _run(settings, password, keys, stop)
    finally:
        health.cancel()
        await asyncio.gather(health, return_exceptions=True)
        HealthFile().remove()


async def _report_health(stop: asyncio.Event) -> None:
    """Tells the probes of containers every few seconds that the event loop runs, and what the bot does."""
    file = HealthFile()
    while True:
        application = HummingbotApplication._main_app
        connectors = {} if application is None else _ready_connectors(application)
        if stop.is_set():
            state = State.STOPPING
        elif application is None:
            state = State.STARTING
        else:
            state = State.WAITING if application.trading_core.strategy is None else State.TRADING
        file.write(state, connectors)
        with contextlib.suppress(TimeoutError):  # the end is reported at once
            await asyncio.wait_for(asyncio.sleep(PERIOD_S) if stop.is_set() else stop.wait(), PERIOD_S)


def _ready_connectors(application: HummingbotApplication) -> dict[str, bool]:
    """Name → whether it may trade. A connector that cannot say so must not end the reports: the bot would be killed."""
    ready = {}
    for name, connector in application.markets.items():
        try:
            ready[name] = bool(connector.ready)
        except Exception:
            ready[name] = False
    return ready


async def _run(
    settings: FleetSettings, password: str, keys: Mapping[str, EnvironmentKeys], stop: asyncio.Event
) -> int:
    if Security.new_password_required() and not keys:
        raise FleetError(
            f"there are no keys here yet; remedy: ./hbot connect peatio, or {KEYS_OPTION} for those of the environment"
        )
    if not CLIENT_CONFIG_PATH.exists():  # a container's new volume, which no `init` made
        write_client_settings()
    config = load_client_config_map_from_file()
    configure(config, settings)
    # No command may arrive before the keys are loaded and the log is open.
    config.mqtt_bridge.mqtt_autostart = False
    # `bootstrap_application` creates an application only if there is none.
    HummingbotApplication._main_app = FleetApplication(config, headless_mode=True)
    hummingbot = await bootstrap_application(
        config, ETHKeyFileSecretManger(password), override_log_level=config.log_level, headless=True
    )
    if hummingbot is None:
        raise FleetError("the password does not match this key store")
    use_keys(keys)
    show_notices(hummingbot)
    if settings.has_broker:
        config.mqtt_bridge.mqtt_autostart = True  # retries until the broker is available
        hummingbot.mqtt_start()
    try:
        if settings.config_file is not None:
            hummingbot.logger().info(await hummingbot.start_check(conf=settings.config_file))
        await stop.wait()
    finally:
        logging.getLogger(__name__).info("Stopping: the strategy is stopped and its orders are cancelled.")
        stopped = await wind_down(hummingbot)
        if settings.has_broker:
            await hummingbot.stop_mqtt_async()
    return 0 if stopped else 1


def main(arguments: Sequence[str]) -> int:
    """Read the environment and run; returns the exit code.

    :param arguments: `KEYS_OPTION` or nothing
    """
    with contextlib.ExitStack() as stack:
        try:
            if unknown := set(arguments) - {KEYS_OPTION}:
                raise FleetError(f"unknown argument {sorted(unknown)[0]}; the only one is {KEYS_OPTION}")
            has_key_store = not Security.new_password_required()
            settings = settings_from(os.environ, has_key_store or not arguments)
            keys = bots_keys(os.environ, Path(CONF_DIR_PATH)) if arguments else {}
            for name in (*SECRET_VARIABLES, *(name for each in keys for name in all_key_variables(each))):
                # Child processes do not need them.
                os.environ.pop(name, None)
            for own in OWN_DIRECTORIES:
                own.mkdir(parents=True, exist_ok=True)  # a new volume of a container is empty
            if Path(MARKER_NAME).is_file():
                stack.enter_context(in_use(Instance(Path.cwd(), is_new=False)))
            if bot.running():
                raise InstanceError("a bot runs in this instance already; remedy: ./hbot stop")
            HealthFile().remove()
            password = settings.password if has_key_store or not keys else stack.enter_context(empty_key_store())
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)  # Hummingbot also gets the current loop outside of coroutines
            return loop.run_until_complete(run(settings, password or "", keys))
        except (FleetError, InstanceError, KeysError, OSError) as error:
            print(f"run: {error}", file=sys.stderr)
            return 1
