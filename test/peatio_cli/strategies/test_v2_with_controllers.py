"""The script that runs controllers: limits, kill switches, and configurations that are edited while it runs."""

import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
import yaml
from hummingbot.client import settings
from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.connector.markets_recorder import MarketsRecorder
from hummingbot.core.data_type.common import PositionMode
from hummingbot.strategy.strategy_v2_base import StrategyV2Base
from hummingbot.strategy_v2.models.base import RunnableStatus

from peatio_cli.strategies.v2_with_controllers import V2WithControllers, V2WithControllersConfig

pytestmark = pytest.mark.usefixtures("host")


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Hummingbot's base class finds around it: a recorder, and a tick that only comes by."""
    monkeypatch.setattr(MarketsRecorder, "_shared_instance", MagicMock(**{"get_all_executors.return_value": []}))
    monkeypatch.setattr(StrategyV2Base, "on_tick", lambda self: None)


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    application = MagicMock()
    monkeypatch.setattr(HummingbotApplication, "main_application", lambda: application)
    return application


class Controller:
    """A controller that keeps what the script did to it."""

    def __init__(self, **config: Any) -> None:
        self.config = SimpleNamespace(**{"manual_kill_switch": False, **config})
        self.config.model_dump = lambda: config
        self.status = RunnableStatus.RUNNING
        self.updates: list[Any] = []

    def start(self) -> None:
        self.status = RunnableStatus.RUNNING

    def stop(self) -> None:
        self.status = RunnableStatus.TERMINATED

    def update_config(self, config: Any) -> None:
        self.updates.append(config)

    def get_custom_info(self) -> dict[str, int]:
        return {"signal": 1}


class Script(V2WithControllers):
    """The script with controllers `one` and `two`, and results that a test sets."""

    def __init__(self, **config: Any) -> None:
        super().__init__({}, V2WithControllersConfig(**config))
        self.listen_to_executor_actions_task.cancel()
        self.controllers = {"one": Controller(), "two": Controller()}
        self.executor_orchestrator = MagicMock()
        self.said: list[str] = []

    def logger(self) -> Any:
        return SimpleNamespace(warning=self.said.append, error=lambda *_, **__: None)

    def ends_at(self, **results: str) -> None:
        """One tick with these profits of the controllers."""
        for name, result in results.items():
            report = MagicMock(global_pnl_quote=Decimal(result))
            report.model_dump.return_value = {"global_pnl_quote": Decimal(result)}
            self.controller_reports.setdefault(name, {})["performance"] = report
        self.on_tick()

    def has_executors(self, name: str, **is_trading: bool) -> None:
        """Gives a controller active executors, by their ids."""
        executors = [SimpleNamespace(id=key, is_active=True, is_trading=value) for key, value in is_trading.items()]
        self.controller_reports.setdefault(name, {})["executors"] = executors

    @property
    def stopped(self) -> list[tuple[str, str]]:
        """The executors that were stopped."""
        calls = self.executor_orchestrator.execute_action.call_args_list
        return [(call.args[0].controller_id, call.args[0].executor_id) for call in calls]


async def test_a_controller_that_lost_too_much_is_stopped_for_good() -> None:
    script = Script(max_controller_drawdown_quote=10)
    script.has_executors("one", resting=False, position=True)
    script.ends_at(one="5", two="-9")
    script.ends_at(one="-5", two="-10")
    assert script.controllers["one"].status is RunnableStatus.RUNNING
    script.ends_at(one="-5.01")
    assert script.controllers["one"].status is RunnableStatus.TERMINATED
    assert script.controllers["two"].status is RunnableStatus.RUNNING
    assert script.stopped == [("one", "resting")], "a position ends as its executor says"
    script.ends_at(one="100")
    assert script.controllers["one"].status is RunnableStatus.TERMINATED
    assert "one is 10.01 below its best result" in script.said[0]


async def test_the_bot_stops_when_all_together_lost_too_much(application: MagicMock) -> None:
    script = Script(max_global_drawdown_quote="10")
    script.ends_at(one="8", two="-3")
    script.ends_at(one="-8", two="3")
    application.stop.assert_not_called()
    script.ends_at(two="2.9")
    script.ends_at(two="2.8")
    application.stop.assert_called_once_with()


async def test_the_kill_switch_stops_a_controller_with_its_positions_and_lets_it_go_on() -> None:
    script = Script()
    script.has_executors("one", resting=False, position=True)
    script.has_executors("two", other=False)
    script.controllers["one"].config.manual_kill_switch = True
    script.on_tick()
    script.on_tick()
    assert script.stopped == [("one", "resting"), ("one", "position")]
    assert script.controllers["one"].status is RunnableStatus.TERMINATED
    script.controllers["one"].config.manual_kill_switch = False
    script.on_tick()
    assert script.controllers["one"].status is RunnableStatus.RUNNING


@pytest.mark.parametrize("limit", ["0", "-1"])
def test_a_limit_is_more_than_nothing(limit: str) -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        V2WithControllersConfig(max_global_drawdown_quote=limit)


async def test_results_go_to_the_broker_once_a_second() -> None:
    script = Script()
    script._pub = MagicMock()
    for moment_s in (100.0, 100.5, 101.0):
        script._set_current_timestamp(moment_s)
        script.ends_at(one="5")
    assert script._pub.call_count == 2
    assert script._pub.call_args.args[0] == {
        "one": {"performance": {"global_pnl_quote": Decimal(5)}, "custom_info": {"signal": 1}},
        "two": {"performance": {}, "custom_info": {"signal": 1}},
    }


@pytest.fixture
def configurations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for controllers' configurations, in the place of the instance's."""
    (tmp_path / "controllers" / "generic").mkdir(parents=True)
    source = "from hummingbot.strategy_v2.controllers import controller_base as base\n"
    source += "class LittleConfig(base.ControllerConfigBase):\n    controller_name: str = 'little'\n"
    (tmp_path / "controllers" / "__init__.py").touch()
    (tmp_path / "controllers" / "generic" / "__init__.py").touch()
    (tmp_path / "controllers" / "generic" / "little.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(settings, "CONTROLLERS_CONF_DIR_PATH", tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] == "controllers"]:
        del sys.modules[name]


def write(folder: Path, **values: Any) -> None:
    content = {"controller_name": "little", "controller_type": "generic", **values}
    (folder / "conf_little.yml").write_text(yaml.safe_dump(content))


def test_a_controller_without_an_id_has_the_same_at_every_reading(configurations: Path) -> None:
    write(configurations, id="")
    config = V2WithControllersConfig(controllers_config=["conf_little.yml"])
    assert [each.id for _ in range(2) for each in config.load_controller_configs()] == ["conf_little"] * 2


async def test_an_edited_configuration_is_applied_and_a_broken_one_is_not(configurations: Path) -> None:
    write(configurations, id="one")
    script = Script()
    script._limits.controllers_config = ["conf_little.yml"]
    moment_s = 100.0
    for text in (None, "{", "{", None):
        if text is None:
            write(configurations, id="one", total_amount_quote=moment_s)
        else:
            (configurations / "conf_little.yml").write_text(text)
        script._set_current_timestamp(moment_s)
        script.update_controllers_configs()
        script._set_current_timestamp(moment_s + 5)
        script.update_controllers_configs()
        moment_s += 11
    assert [update.total_amount_quote for update in script.controllers["one"].updates] == [100, 133]
    assert len(script.said) == 1
    assert script.said[0].startswith("The controllers' configurations cannot be read, the present ones stay: ")


async def test_a_controller_that_was_not_there_at_the_start_waits_for_a_restart(configurations: Path) -> None:
    write(configurations, id="three")
    script = Script()
    script._limits.controllers_config = ["conf_little.yml"]
    for moment_s in (100.0, 111.0):
        script._set_current_timestamp(moment_s)
        script.update_controllers_configs()
    assert sorted(script.controllers) == ["one", "two"]
    assert script.said == ["New controllers start with the bot: restart it for three (an `id` was changed?)."]


async def test_perpetual_exchanges_get_their_mode_and_leverage() -> None:
    script = Script()
    perpetual = MagicMock()
    script.connectors = {"some_perpetual": perpetual}
    script.controllers = {
        "hedge": Controller(
            connector_name="some_perpetual", trading_pair="BTC-USD", leverage=3, position_mode=PositionMode.ONEWAY
        ),
        "spot": Controller(connector_name="peatio", trading_pair="BTC-USD", leverage=1),
    }
    script.apply_initial_setting()
    perpetual.set_leverage.assert_called_once_with("BTC-USD", 3)
    perpetual.set_position_mode.assert_called_once_with(PositionMode.ONEWAY)
