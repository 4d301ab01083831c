"""Hummingbot's application with the interface that its MQTT commands need.

In headless mode Hummingbot 20260922 answers `start`, `status` and `import` with an error: the commands read
`strategy` of the application, which only its trading core has, call `start` with arguments that it does not take, and
`import` writes to the screen. `stop` works, but the strategy cannot be started again after it.
"""

import asyncio

import yaml
from hummingbot import init_logging  # type: ignore[attr-defined]
from hummingbot.cli.strategy_configs import (
    config_path,
    resolve_config_type,
    validate_controller,
    wrap_controller_as_v2,
)
from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.client.runner import load_and_start_strategy
from hummingbot.strategy.strategy_base import StrategyBase

from peatio_cli.fleet.settings import FleetError


class FleetApplication(HummingbotApplication):
    """Starts strategies by their configuration file in the instance; without a name, the last one again."""

    _loaded_file: str | None = None
    _starting = asyncio.Lock()

    @property
    def strategy(self) -> StrategyBase | None:
        """The running strategy."""
        return self.trading_core.strategy

    @property
    def strategy_name(self) -> str | None:
        """The name of the running strategy, or the configuration that `start` would use."""
        return self.trading_core.strategy_name or self._loaded_file

    @strategy_name.setter
    def strategy_name(self, value: str | None) -> None:
        self.trading_core.strategy_name = value

    async def import_config_file(self, file_name: str) -> str:
        """Sets the configuration that `start` uses.

        :raises FleetError: when there is no such configuration
        """
        _kind_of(file_name)
        self._loaded_file = file_name
        return f"{file_name} is loaded."

    def start(
        self,
        log_level: str | None = None,
        script: str | None = None,
        conf: str | None = None,
        is_quickstart: bool | None = False,
    ) -> None:
        """Runs `start_check`, from any thread; the result goes to the log, which is sent to the broker."""

        async def start_and_log() -> None:
            try:
                self.logger().info(await self.start_check(log_level, script, conf, is_quickstart))
            except FleetError as error:
                self.logger().error(str(error))

        asyncio.run_coroutine_threadsafe(start_and_log(), self.ev_loop)

    async def start_check(
        self,
        log_level: str | None = None,
        script: str | None = None,
        conf: str | None = None,
        is_quickstart: bool | None = False,
    ) -> str:
        """Starts the strategy and returns a message about it.

        :param script: ignored: a script's configuration names the script
        :param conf: a configuration file, with or without `.yml`; None for the one that is loaded
        :raises FleetError: when there is no configuration, or the strategy did not start
        """
        async with self._starting:
            if self.strategy is not None:
                raise FleetError("The bot is already running; stop it first.")
            file = _with_suffix(conf) if conf else self._loaded_file
            if file is None:
                raise FleetError("No strategy is loaded; give a configuration as `conf`, or import one.")
            await self._start_strategy(file, log_level)
            self._loaded_file = file
            return f"{file} is started."

    async def _start_strategy(self, file: str, log_level: str | None) -> None:
        kind = _kind_of(file)
        runs = wrap_controller_as_v2(file) if kind == "controller" else file
        init_logging(
            "hummingbot_logs.yml",
            self.client_config_map,
            override_log_level=(log_level or self.client_config_map.log_level).upper(),
            strategy_file_path=runs.removesuffix(".yml"),
        )
        is_v1 = kind == "v1-strategy"
        is_started = await load_and_start_strategy(
            self, config_file_name=runs if is_v1 else None, v2_conf=None if is_v1 else runs, headless=True
        )
        # Hummingbot logs an error of the connector's constructor and still counts the strategy as started.
        if not is_started or not self.markets:
            await self.stop_loop()
            raise FleetError(f"{file} did not start; see the log for the reason.")
        if self._mqtt is not None:
            self._mqtt.patch_loggers()
            self._mqtt.start_market_events_fw()


def _with_suffix(name: str) -> str:
    return name if name.endswith(".yml") else f"{name}.yml"


def _is_wrapped_controller(file: str) -> bool:
    """Whether it is a controller that ran before: Hummingbot leaves a script of the same name that runs it."""
    script = config_path("v2-script", file)
    if not (config_path("controller", file).exists() and script.exists()):
        return False
    try:
        content = yaml.safe_load(script.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return False
    return isinstance(content, dict) and content.get("controllers_config") == [file]


def _kind_of(file: str) -> str:
    """:raises FleetError: when there is no such configuration, or it is a controller's and cannot be used"""
    try:
        kind = str(resolve_config_type(file, "controller" if _is_wrapped_controller(file) else None))
        if kind == "controller":
            validate_controller(config_path(kind, file))
    except (OSError, ValueError, ImportError) as error:
        raise FleetError(f"{file} cannot be started: {error}") from error
    return kind
