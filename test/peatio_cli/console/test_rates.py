"""A Peatio exchange as Hummingbot's rate source: chosen in the console, and never in the way of another start."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest
import yaml

from peatio_cli.install.instance import InstancePurpose, create_instance, instance_environment
from test.patience import eventually
from test.peatio_cli.console.session import CLIENT_CONFIGURATION, COMMAND, start_for_the_first_time
from test.peatio_cli.left_behind import processes_in
from test.peatio_cli.terminal import Reader, pseudo_terminal

EXCHANGES = "exchanges:\n  mine:\n    domain: http://127.0.0.1:9  # nobody is there\n"
SHOW = "print('source:', RateOracle.get_instance().source.name)\n"
# What every start does, whoever it is done by; what a strategy's start does; what the console does.
STARTS = f"""
from hummingbot.client.config.config_helpers import load_client_config_map_from_file
from hummingbot.client.settings import AllConnectorSettings
from hummingbot.core.rate_oracle.rate_oracle import RateOracle
load_client_config_map_from_file()
{SHOW}
AllConnectorSettings.get_connector_settings()["peatio_mine"].non_trading_connector_instance_with_default_configuration()
{SHOW}
load_client_config_map_from_file()
{SHOW}
from peatio_cli.console.rates import load_settings_with_rates
print("set:", load_settings_with_rates().rate_oracle_source.title)
{SHOW}
"""

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A new instance with one named exchange."""
    made = create_instance(tmp_path / "instance", InstancePurpose.ORDINARY).directory
    (made / "conf" / "conf_client.yml").write_text(CLIENT_CONFIGURATION)
    (made / "conf" / "peatio.yml").write_text(EXCHANGES)
    return made


def kept(directory: Path, name: str) -> Any:
    return yaml.safe_load((directory / "conf" / name).read_text())


async def start(code: str, directory: Path) -> list[str]:
    """A process that starts in the instance; what it said of itself."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-c", code,
        cwd=directory, env=instance_environment(directory), stdout=PIPE, stderr=PIPE,
    )
    said, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return [line for line in said.decode().splitlines() if line.startswith(("source:", "set:"))]


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for left processes in /proc")
async def test_the_console_offers_peatio_and_keeps_what_is_chosen(directory: Path) -> None:
    async with pseudo_terminal(COMMAND, directory, os.environ) as terminal:
        reader = Reader(terminal)
        await start_for_the_first_time(reader)
        await reader.enters("config rate_oracle_source")
        await reader.sees("/mexc/peatio/")  # the last of the list is cut by the line's end
        await reader.answers(r"mine\) >>>", "peatio_mine")
        await reader.sees(r"rate_oracle_source +\| peatio_mine")
        await eventually(lambda: kept(directory, "peatio.yml").get("rates") == "peatio_mine", "kept", timeout_s=30)
        assert kept(directory, "conf_client.yml")["rate_oracle_source"] == {"name": "gate_io"}
        await reader.enters("config rate_oracle_source binance")
        await eventually(lambda: kept(directory, "peatio.yml")["rates"] == "hummingbot", "it is kept too", timeout_s=30)
        assert kept(directory, "conf_client.yml")["rate_oracle_source"] == {"name": "binance"}
        await reader.enters("exit")
        await eventually(lambda: terminal.process.returncode is not None, "the console to end", timeout_s=60)
    assert (directory / "conf" / "peatio.yml").read_text() == EXCHANGES + "rates: hummingbot\n"
    assert processes_in(directory) == []


async def test_a_choice_that_hummingbot_cannot_resolve_keeps_no_start_from_starting(directory: Path) -> None:
    """Saved by hand or by `hbot config rate_oracle_source.name peatio_mine`: a plain start died of it."""
    with (directory / "conf" / "conf_client.yml").open("a") as settings:
        settings.write("rate_oracle_source:\n  name: peatio_mine\n")
    said = await start(STARTS, directory)
    by_each_start = ["source: peatio_mine"]
    assert said == [*by_each_start, *by_each_start, *by_each_start, "set: peatio_mine", *by_each_start]
    assert kept(directory, "peatio.yml")["rates"] == "peatio_mine"
    assert kept(directory, "conf_client.yml")["rate_oracle_source"] == {"name": "gate_io"}
