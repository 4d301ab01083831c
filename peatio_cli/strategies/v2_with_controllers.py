"""Runs V2 controllers: the script that Hummingbot looks for under this name, and does not ship in its package.

`hummingbot-peatio init` copies this file to `scripts/v2_with_controllers.py` of an instance, where `hbot start` and
MQTT's `start` find it when they are given a controller's configuration. Its settings are those of the script of the
same name in Hummingbot's repository.

Hummingbot takes the first strategy class and the first configuration class that it finds in this module, in
alphabetical order: none may be imported into it but `StrategyV2Base` and `StrategyV2ConfigBase`, which it skips.
"""

import os
from decimal import Decimal
from typing import Any

from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.strategy.strategy_v2_base import StrategyV2Base, StrategyV2ConfigBase
from hummingbot.strategy_v2.models.base import RunnableStatus
from hummingbot.strategy_v2.models.executor_actions import ExecutorAction, StopExecutorAction
from pydantic import Field

REPORT_INTERVAL_S = 1.0


class V2WithControllersConfig(StrategyV2ConfigBase):
    """Which controllers to run, and how much they may lose."""

    script_file_name: str = os.path.basename(__file__)
    max_global_drawdown_quote: Decimal | None = Field(
        None, gt=0, description="stops the bot when all controllers together fall this far below their best result"
    )
    max_controller_drawdown_quote: Decimal | None = Field(
        None, gt=0, description="stops a controller when it falls this far below its best result"
    )

    def load_controller_configs(self) -> list[Any]:
        """The controllers' configurations, each with an id.

        Hummingbot gives a controller without an id a new one at every reading, so that the reading every ten seconds
        would add the controller again each time, with its orders. Here the file's name is the id.
        """
        configs: list[Any] = super().load_controller_configs()
        for name, config in zip(self.controllers_config, configs, strict=True):
            if not config.id.strip():
                config.id = name.removesuffix(".yml")
        return configs


class V2WithControllers(StrategyV2Base):
    """Starts the controllers, watches their results, and obeys `manual_kill_switch` in their configurations."""

    _last_config_update_ts: float = 0

    def __init__(self, connectors: dict[str, ConnectorBase], config: V2WithControllersConfig) -> None:
        super().__init__(connectors, config)
        self._limits = config
        self._best: dict[str, Decimal] = {}
        self._best_of_all = Decimal(0)
        self._lost_too_much: set[str] = set()
        self._last_report_s = 0.0
        self._last_problem = ""

    def on_tick(self) -> None:
        """Lets the controllers' executors work; then the kill switches, the limits and the report."""
        super().on_tick()
        if self._is_stop_triggered:
            return
        self._obey_kill_switches()
        self._watch_controllers()
        self._watch_all()
        self._report()

    def update_controllers_configs(self) -> None:
        """Reads the controllers' files again, every ten seconds.

        A file that is being edited may be invalid for a moment: the controllers then keep what they have. A controller
        that was not there at the start is not added, because Hummingbot would create it without starting it.
        """
        if self._last_config_update_ts + self.config_update_interval >= self.current_timestamp:
            return
        self._last_config_update_ts = self.current_timestamp
        try:
            configs = self._limits.load_controller_configs()
        except Exception as error:
            self._say_once(f"The controllers' configurations cannot be read, the present ones stay: {error}")
            return
        unknown = sorted(config.id for config in configs if config.id not in self.controllers)
        for config in configs:
            if config.id not in unknown:
                self.controllers[config.id].update_config(config)
        self._say_once(
            f"New controllers start with the bot: restart it for {', '.join(unknown)} (an `id` was changed?)."
            if unknown
            else ""
        )

    def create_actions_proposal(self) -> list[ExecutorAction]:
        """None: the controllers send theirs themselves."""
        return []

    def stop_actions_proposal(self) -> list[ExecutorAction]:
        """None, as above."""
        return []

    def apply_initial_setting(self) -> None:
        """Sets position mode and leverage where a controller trades on a perpetual exchange."""
        for controller in self.controllers.values():
            settings = controller.config.model_dump()
            name, pair = settings.get("connector_name"), settings.get("trading_pair")
            if name is None or not self.is_perpetual(name):
                continue
            if settings.get("position_mode") is not None:
                self.set_position_mode(name, settings["position_mode"])
            if settings.get("leverage") is not None and pair is not None:
                self.set_leverage(name, pair, settings["leverage"])

    def _obey_kill_switches(self) -> None:
        """Stops a controller whose switch is on, with all its executors, and starts it again when it is off."""
        for controller_id, controller in self.controllers.items():
            is_wanted = not controller.config.manual_kill_switch and controller_id not in self._lost_too_much
            if controller.config.manual_kill_switch and controller.status == RunnableStatus.RUNNING:
                self.logger().warning(f"{controller_id}: manual_kill_switch is on; its executors are stopped.")
                controller.stop()
                self._stop_executors(controller_id, with_positions=True)
            elif is_wanted and controller.status == RunnableStatus.TERMINATED:
                self.logger().warning(f"{controller_id}: manual_kill_switch is off; it starts again.")
                controller.start()

    def _watch_controllers(self) -> None:
        limit = self._limits.max_controller_drawdown_quote
        if limit is None:
            return
        for controller_id, controller in self.controllers.items():
            result = self._result(controller_id)
            best = self._best[controller_id] = max(self._best.get(controller_id, Decimal(0)), result)
            if controller.status == RunnableStatus.RUNNING and best - result > limit:
                self.logger().warning(
                    f"{controller_id} is {best - result:.6g} below its best result (max_controller_drawdown_quote: "
                    f"{limit:f}). It is stopped; positions that are open end as their executors say."
                )
                self._lost_too_much.add(controller_id)
                controller.stop()
                self._stop_executors(controller_id, with_positions=False)

    def _watch_all(self) -> None:
        limit = self._limits.max_global_drawdown_quote
        if limit is None:
            return
        result = sum((self._result(controller_id) for controller_id in self.controllers), Decimal(0))
        self._best_of_all = max(self._best_of_all, result)
        if self._best_of_all - result > limit:
            self.logger().warning(
                f"The controllers are {self._best_of_all - result:.6g} below their best result "
                f"(max_global_drawdown_quote: {limit:f}). The bot is stopped."
            )
            self._lost_too_much.update(self.controllers)
            self._is_stop_triggered = True
            HummingbotApplication.main_application().stop()

    def _result(self, controller_id: str) -> Decimal:
        """Profit in quote, open positions at the present price; 0 before the first report."""
        report = self.get_performance_report(controller_id)
        return Decimal(0) if report is None else Decimal(report.global_pnl_quote)

    def _stop_executors(self, controller_id: str, *, with_positions: bool) -> None:
        """:param with_positions: those too that have bought or sold, which close what they have at the market"""
        for executor in self.get_executors_by_controller(controller_id):
            if executor.is_active and (with_positions or not executor.is_trading):
                self.executor_orchestrator.execute_action(
                    StopExecutorAction(controller_id=controller_id, executor_id=executor.id)
                )

    def _report(self) -> None:
        """Sends the results to the broker; `_pub` is None without one."""
        if self._pub is None or self.current_timestamp - self._last_report_s < REPORT_INTERVAL_S:
            return
        self._last_report_s = self.current_timestamp
        self._pub({name: self._report_of(name, controller) for name, controller in self.controllers.items()})

    def _report_of(self, controller_id: str, controller: Any) -> dict[str, Any]:
        report = self.get_performance_report(controller_id)
        return {
            "performance": {} if report is None else report.model_dump(),
            "custom_info": controller.get_custom_info(),
        }

    def _say_once(self, problem: str) -> None:
        """Logs a problem when it is another one than at the last reading; "" is none."""
        if problem and problem != self._last_problem:
            self.logger().warning(problem)
        self._last_problem = problem
