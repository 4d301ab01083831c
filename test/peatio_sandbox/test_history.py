"""A sandbox with a past, over its sockets and by its command line."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.exchange.clock import Clock
from peatio_sandbox.exchange.market_data import PERIODS
from peatio_sandbox.options import OptionError, with_history
from peatio_sandbox.web.recording import Recorder
from test.patience import eventually

from .support import REST
from .test_server import ENVIRONMENT

D = Decimal
DAY_S = 86_400
NOW_S = 1_800_000_000 + 1234
CANDLES = (
    "timestamp,open,high,low,close,volume\n"
    "1700000000,60000,61000,59000,60500,8\n"
    "1700003600,60500,62000,60000,61234.5,4\n"
)


Read = Callable[[Sandbox, str], Awaitable[Any]]


@pytest.fixture
def read(session: aiohttp.ClientSession) -> Read:
    async def read(sandbox: Sandbox, path: str) -> Any:
        async with session.get(f"{sandbox.url}{REST}/public{path}") as response:
            assert response.status == 200, await response.text()
            return await response.json()

    return read


def at_a_fixed_time(config: SandboxConfig) -> Sandbox:
    """A sandbox whose clock stands, so that no period ends during a test."""
    return Sandbox(config, clock=Clock(lambda: 0.0, NOW_S))


async def test_a_day_of_candles_is_there_at_once_and_everything_agrees(read: Read) -> None:
    first_s = NOW_S // 60 * 60 - DAY_S
    async with at_a_fixed_time(SandboxConfig(history_s=DAY_S)) as sandbox:
        rows = await read(sandbox, f"/markets/btcusd/k-line?time_from=0&time_to={NOW_S}")
        assert [row[0] for row in rows] == list(range(first_s, NOW_S, 60))
        assert rows[-2][4:] != rows[-1][4:] == [30000, 0]
        trades = await read(sandbox, "/markets/btcusd/trades?limit=1000")
        assert len(trades) == 1000
        assert trades[0]["price"] == 30000
        assert trades[0]["created_at"] <= NOW_S
        ticker = (await read(sandbox, "/markets/btcusd/tickers"))["ticker"]
        assert ticker["last"] == "30000.0"
        assert D(ticker["low"]) < 30_000 < D(ticker["high"])
        assert sandbox.mid_price("btcusd") == 30_000
        assert await read(sandbox, "/markets/dogebtc/k-line?period=1440&limit=1") != []
        assert sandbox.fills("bot") == []


async def test_streams_tell_the_latest_candle_of_every_period(session: aiohttp.ClientSession) -> None:
    async with Sandbox(SandboxConfig(history_s=DAY_S, ticker_period_s=0.05)) as sandbox:
        streams = "&".join(f"stream=ethusd.kline-{name}" for name in PERIODS.values())
        told: dict[str, Any] = {}
        async with session.ws_connect(f"{sandbox.url}/api/v2/ranger/public?{streams}") as socket:
            while len(told) < len(PERIODS):
                told |= {key: row for key, row in (await socket.receive_json()).items() if "kline" in key}
        for period, name in PERIODS.items():
            assert [told[f"ethusd.kline-{name}"]] == sandbox._statistics.latest("ethusd", period, 1)
            assert told[f"ethusd.kline-{name}"][4] == 2000


async def test_the_past_of_a_file_is_what_the_traders_go_on_from(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "candles.csv"
    path.write_text(CANDLES)
    config = with_history(SandboxConfig(traders=True), [str(path), "2h"])
    last_s = NOW_S // 3600 * 3600 - 3600
    async with at_a_fixed_time(config) as sandbox:
        rows = await read(sandbox, f"/markets/btcusd/k-line?period=60&time_from={last_s - 3600}&time_to={last_s}")
        assert rows == [
            [last_s - 3600, 60000, 61000, 59000, 60500, 8],
            [last_s, 60500, 62000, 60000, 61234.5, 4],
        ]
        rows = await read(sandbox, f"/markets/btcusd/k-line?period=1&time_from={last_s}&time_to={last_s + 1800}")
        assert [row[4] for row in rows[::15]] == [60500, 60000, 62000]
        await eventually(lambda: len(sandbox.exchange.store.depth(sandbox.exchange.markets["ethbtc"], "sell")) > 3)
        for market, price in (("btcusd", D("61234.5")), ("ethusd", D(2000)), ("ethbtc", D(2000) / D("61234.5"))):
            middle = sandbox.mid_price(market)
            assert middle is not None
            assert abs(middle / price - 1) < D("0.01")
        (candle,) = await read(sandbox, f"/markets/ethbtc/k-line?period=60&time_from={last_s}&time_to={last_s}")
        assert abs(candle[4] * 61234.5 / 2000 - 1) < 0.05


async def test_a_market_without_a_file_or_a_span_has_no_past(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "candles.csv"
    path.write_text("timestamp,open,high,low,close,volume\n0,0.06,0.06,0.06,0.06,1\n60,0.06,0.06,0.05,0.05,1\n")
    async with Sandbox(with_history(SandboxConfig(), [f"ethbtc={path}"])) as sandbox:
        assert await read(sandbox, "/markets/btcusd/k-line") == []
        assert (await read(sandbox, "/markets/ethbtc/trades"))[0]["price"] == 0.05
        rows = await read(sandbox, "/currencies")
        assert {row["id"]: row["price"] for row in rows}["eth"] == "1500.0"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0d", "--history 0d: not so long; remedy: from 1m to 5 years (1830d)"),
        ("9999w", "--history 9999w: not so long; remedy: from 1m to 5 years (1830d)"),
        ("7", "--history 7: cannot read 7: No such file or directory; remedy: a span of time such as 7d, or a file of"),
        ("btcusd=none.csv", "--history btcusd=none.csv: cannot read none.csv: No such file or directory; remedy: a"),
        ("btceur=none.csv", "--history btceur=none.csv: there is no market 'btceur'; remedy: one of btcusd, ethusd,"),
        ("trstusd=none.csv", "there is no market 'trstusd'; remedy: one of btcusd, ethusd,"),
        (".", "--history .: cannot read .: Is a directory; remedy: a span"),
        ("broken.csv", "--history broken.csv, line 2, column open: 'x' is not a number; remedy: write a number"),
    ],
)
def test_what_is_no_history_is_named_with_the_remedy(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.csv").write_text(CANDLES.replace("60000", "x", 1))
    with pytest.raises(OptionError) as error:
        with_history(SandboxConfig(), [text])
    assert said in str(error.value)


async def test_a_recording_has_the_past_for_the_page(tmp_path: Path) -> None:
    with_past, without = tmp_path / "past.jsonl", tmp_path / "none.jsonl"
    for path, config in ((with_past, SandboxConfig(history_s=DAY_S)), (without, SandboxConfig())):
        async with Sandbox(config, recorder=Recorder(path)):
            pass
    head = json.loads(with_past.read_text().partition("\n")[0])
    page = (files("peatio_page") / "static" / "js" / "candles.js").read_text()
    offered = re.findall(r'minutes: \d+, name: "(\w+)"', page)
    assert "1m" in offered
    assert list(head["candles"]) == ["btcusd", "ethusd", "ethbtc", "dogebtc"]
    assert all(list(periods) == offered for periods in head["candles"].values())
    assert len(head["candles"]["btcusd"]["1m"]) == 300
    assert head["candles"]["btcusd"]["1h"][-1][4] == 30000
    assert json.loads(without.read_text().partition("\n")[0])["candles"] == {}


async def test_the_command_starts_with_a_week_behind_it(session: aiohttp.ClientSession) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "peatio_sandbox", "--port", "0", "--quiet", "--history", "7d"),
        stdout=asyncio.subprocess.PIPE,
        env=ENVIRONMENT,
    )
    try:
        assert process.stdout is not None
        url = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()
        async with session.get(f"{url}{REST}/public/markets/btcusd/k-line?period=60&limit=168") as response:
            assert len(await response.json()) == 168
    finally:
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
