"""Hummingbot's application as its MQTT commands expect it to be.

Without a screen Hummingbot 20260922 answers `start`, `status` and `import` with an error: the commands ask the
application for `strategy`, which only its trading core has, call `start` with arguments that it no longer takes, and
`import` writes to the screen. `stop` works, but leaves nothing behind that could be started again.
"""

import asyncio

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
    """Starts the strategies whose configuration lies in the instance, the last one again where none is named."""

    _loaded_file: str | None = None
    _starting = asyncio.Lock()

    @property
    def strategy(self) -> StrategyBase | None:
        """The strategy that runs."""
        return self.trading_core.strategy

    @property
    def strategy_name(self) -> str | None:
        """The strategy that runs, or the configuration that `start` would take."""
        return self.trading_core.strategy_name or self._loaded_file

    @strategy_name.setter
    def strategy_name(self, value: str | None) -> None:
        self.trading_core.strategy_name = value

    async def import_config_file(self, file_name: str) -> str:
        """What `start` takes from now on.

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
        """`start_check`, from any thread; its outcome goes to the log, and with that to the broker."""

        async def start_and_tell() -> None:
            try:
                self.logger().info(await self.start_check(log_level, script, conf, is_quickstart))
            except FleetError as error:
                self.logger().error(str(error))

        asyncio.run_coroutine_threadsafe(start_and_tell(), self.ev_loop)

    async def start_check(
        self,
        log_level: str | None = None,
        script: str | None = None,
        conf: str | None = None,
        is_quickstart: bool | None = False,
    ) -> str:
        """Starts the strategy and tells so.

        :param script: what Hummingbot's API names beside a script's configuration; the configuration names it itself
        :param conf: a configuration file, with or without `.yml`; None takes the one that is loaded
        :raises FleetError: when there is none, or the strategy did not start
        """
        async with self._starting:
            if self.strategy is not None:
                raise FleetError("The bot runs already; stop it first.")
            file = _with_suffix(conf) if conf else self._loaded_file
            if file is None:
                raise FleetError("No strategy is loaded; name a configuration as `conf`, or import one.")
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
        # A strategy whose connector cannot be made logs the error and still counts as started.
        if not is_started or not self.markets:
            await self.stop_loop()
            raise FleetError(f"{file} did not start; the log says why.")
        if self._mqtt is not None:
            self._mqtt.patch_loggers()
            self._mqtt.start_market_events_fw()


def _with_suffix(name: str) -> str:
    return name if name.endswith(".yml") else f"{name}.yml"


def _kind_of(file: str) -> str:
    """:raises FleetError: when no configuration has that name, or a controller's cannot be used"""
    try:
        kind = str(resolve_config_type(file))
        if kind == "controller":
            validate_controller(config_path(kind, file))
    except (OSError, ValueError, ImportError) as error:
        raise FleetError(f"{file} cannot be started: {error}") from error
    return kind
