"""A paper trade bot as a user starts it: a new instance, no key, and no question to any other exchange."""

import re
from pathlib import Path

import pytest
import yaml
from hummingbot.cli.strategy_configs import describe_strategy, fill_template

from peatio_cli.install.init_command import run
from peatio_sandbox import Sandbox, SandboxConfig
from test.end_to_end.support import person
from test.patience import eventually
from test.peatio_cli.hbot import Hbot
from test.peatio_cli.left_behind import processes_in

STRATEGY = {
    "exchange": "peatio_paper_trade",
    "market": "BTC-USD",
    "bid_spread": "1",
    "ask_spread": "1",
    "order_amount": "0.01",
    "order_refresh_time": "60",
}
BALANCES = '{"BTC": 10, "USD": 500000}'
# Python runs this at its start, where PYTHONPATH has it; it writes down every host that is looked up.
SITE_CUSTOMIZE = """
import sys
def note(event, arguments):
    if event == "socket.getaddrinfo":
        with open({file!r}, "a") as file:
            print(arguments[0], file=file)
sys.addaudithook(note)
"""

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for left processes in /proc"),
]


async def new_bot(directory: Path, strategy: dict[str, str]) -> Hbot:
    """An instance by `init`, with paper balances and a strategy as `hbot create` writes it."""
    assert run(directory) == 0
    hbot = Hbot(directory / "hbot")
    await hbot("config", "paper_trade.paper_trade_account_balance", BALANCES)
    data, required, _ = describe_strategy("v1-strategy", "pure_market_making")
    assert fill_template(data, required, "v1-strategy", strategy) == []
    (directory / "conf" / "strategies" / "conf_paper.yml").write_text(yaml.safe_dump(data))
    return hbot


def hosts_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that has every host that was looked up by processes that start from now on."""
    file = folder / "hosts.txt"
    file.touch()
    (folder / "sitecustomize.py").write_text(SITE_CUSTOMIZE.format(file=str(file)))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return file


async def test_pure_market_making_on_paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Sandbox(SandboxConfig(seed=5)) as exchange:
        async with person(exchange, "maker") as maker:
            await maker.place("btcusd", "buy", "1", "29990")
            await maker.place("btcusd", "buy", "9", "20000")
            await maker.place("btcusd", "sell", "9", "30010")
        monkeypatch.setenv("PEATIO_EXCHANGE_DOMAIN", exchange.url)
        hbot = await new_bot(tmp_path / "bot", STRATEGY)
        hosts = hosts_asked(tmp_path, monkeypatch)
        log = tmp_path / "bot" / "logs" / "logs_conf_paper.log"
        await hbot("start", "conf_paper.yml")
        try:
            await eventually(lambda: "Creating 1 ask orders" in log.read_text(), "quotes", timeout_s=30)
            status = await hbot("status")
            assert "peatio_PaperTrade BTC-USD" in status
            quotes = re.findall(r"\d +(buy|sell) +(\d+)", status)
            assert sorted(quotes) == [("buy", "29700"), ("sell", "30300")], status
            async with person(exchange, "taker") as taker:  # past the bot's bid
                await taker.place("btcusd", "sell", "1.5", "29000")
            await eventually(lambda: "Maker BUY order" in log.read_text(), "the bid's fill", timeout_s=30)
        finally:
            await hbot("stop")
    assert exchange.handler_errors == []
    assert exchange.orders("bot") == [], "nothing of it reached the exchange"
    assert "Traceback" not in log.read_text()
    assert " - ERROR - " not in log.read_text()
    assert set(hosts.read_text().split()) <= {"127.0.0.1", "localhost"}
    assert processes_in(tmp_path / "bot") == []
