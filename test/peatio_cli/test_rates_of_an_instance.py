"""`rates` of conf/peatio.yml in processes of an instance that make no connector."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from peatio_cli.install.instance import Instance, InstancePurpose, create_instance
from peatio_sandbox import Sandbox, SandboxConfig
from test.end_to_end.support import person
from test.end_to_end.venue import usual_venue
from test.peatio_cli.hbot import Hbot

ASKS_THE_ORACLE = """
import asyncio
from hummingbot.client.performance import PerformanceMetrics
from hummingbot.core.rate_oracle.rate_oracle import RateOracle
print(RateOracle.get_instance().source.name)
print(RateOracle().source.name)
from hummingbot.client.config.config_helpers import load_client_config_map_from_file, save_to_yml
from hummingbot.client.settings import CLIENT_CONFIG_PATH
config = load_client_config_map_from_file()
save_to_yml(CLIENT_CONFIG_PATH, config)
print(RateOracle.get_instance().source.name)
"""


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return create_instance(tmp_path / "instance", InstancePurpose.ORDINARY)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    ConnectionsFactory()._shared_client = None  # of another test's event loop
    async with Sandbox(SandboxConfig(seed=3, tickers_cached_s=0.0)) as exchange:
        yield exchange


async def test_history_values_fees_in_an_own_coin_at_the_exchanges_prices(instance: Instance, sandbox: Sandbox) -> None:
    """Hummingbot's `history` makes no connector; another exchange lists no coin that only this one has."""
    (instance.directory / "conf" / "peatio.yml").write_text(
        f"rates: peatio_own\nexchanges:\n  own:\n    domain: {sandbox.url}\n"
    )
    data = instance.directory / "data"
    venue = usual_venue(sandbox, data)
    async with (
        person(sandbox, "taker") as taker,
        venue.running_bot(("DOGE-BTC",), database=data / "conf_a.sqlite") as bot,
    ):
        order_id = bot.place("DOGE-BTC", TradeType.BUY, "100000", "0.01")
        await bot.live(order_id)
        await taker.place("dogebtc", "sell", "100000", "0.01")
        await bot.event(MarketEvent.BuyOrderCompleted, order_id)
    (fill,) = sandbox.fills("bot")
    assert (fill.fee_currency, fill.fee_amount) == ("doge", Decimal(100))

    printed = await Hbot(instance.launcher)("history", "conf_a")
    head, _, row = (line for line in printed.splitlines() if line.startswith("|"))
    columns = dict(zip(*([cell.strip() for cell in line.split("|")] for line in (head, row)), strict=True))
    assert float(columns["fees"]) == 1.0, printed
    assert "Could not find exchange rate" not in printed


@pytest.mark.parametrize(
    ("rates", "sources", "message"),
    [
        ("rates: peatio\n", ["peatio", "peatio", "peatio"], ""),
        ("rates: peatio_none\n", ["gate_io", "gate_io", "gate_io"], "`rates: peatio_none` in conf/peatio.yml is no"),
    ],
)
def test_every_process_begins_with_them_and_returns_to_them(
    instance: Instance, rates: str, sources: list[str], message: str
) -> None:
    (instance.directory / "conf" / "peatio.yml").write_text(rates)
    environment = {**os.environ, "PYTHONPATH": str(instance.directory)}
    done = subprocess.run(
        [sys.executable, "-c", ASKS_THE_ORACLE], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == sources
    assert message in done.stderr
    assert "name: gate_io" in (instance.directory / "conf" / "conf_client.yml").read_text()


def test_hummingbot_starts_in_an_instance_without_this_package(instance: Instance) -> None:
    """As after an uninstallation."""
    code = "import sys; sys.modules['peatio_cli'] = None; import hummingbot; print(hummingbot.data_path())"
    environment = {**os.environ, "PYTHONPATH": str(instance.directory)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"{instance.directory / 'data'}\n", "")
