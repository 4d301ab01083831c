"""A recording of the sandbox with its traders, and what hftbacktest makes of it."""

import asyncio
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from peatio_cli.record.events import Encoder, Flag, Kind
from peatio_cli.record.recorder import make_connector, record, save
from peatio_cli.record.start import start
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.config import DEFAULT_MARKETS
from test.patience import eventually

PAIR = "BTC-USD"
HFTBACKTEST = os.environ.get("HFTBACKTEST_PYTHON")
TRADES = 12
#: So many orders have the traders in the book.
LADDER = 30


def of_kind(rows: NDArray[np.void], kind: Kind) -> NDArray[np.void]:
    found: NDArray[np.void] = rows[(rows["ev"] & 0xFF) == kind]
    return found


@pytest.fixture
async def recorded(tmp_path: Path) -> tuple[Path, Encoder, Sandbox]:
    """Until there were some trades."""
    markets = tuple(market for market in DEFAULT_MARKETS if market.symbol == "btcusd")
    encoder, stop = Encoder(), asyncio.Event()
    async with Sandbox(SandboxConfig(seed=5, traders=True, markets=markets)) as sandbox:
        await eventually(lambda: len(sandbox.orders("house")) >= LADDER, "the ladder of both sides stands")
        connector = make_connector("peatio", PAIR, sandbox.url)
        recording = asyncio.create_task(record(connector, PAIR, stop, encoder))
        await eventually(lambda: len(of_kind(encoder.array(), Kind.TRADE)) >= TRADES, "trades", timeout_s=60.0)
        stop.set()
        await recording
        await connector._web_assistants_factory.close()
    path = tmp_path / "day.npz"
    save(encoder, path)
    return path, encoder, sandbox


async def test_the_file_has_the_book_and_the_trades_of_the_exchange(recorded: tuple[Path, Encoder, Sandbox]) -> None:
    path, encoder, sandbox = recorded
    rows = np.load(path)["data"]
    assert len(rows) == len(encoder)
    assert len(of_kind(rows, Kind.SNAPSHOT)) >= LADDER, "the ladder of both sides"
    fills = {
        (float(fill.price), float(fill.amount), fill.side == "buy")
        for member in ("house", "crowd")
        for fill in sandbox.fills(member)
    }
    seen = {
        (float(row["px"]), float(row["qty"]), bool(int(row["ev"]) & Flag.BUY)) for row in of_kind(rows, Kind.TRADE)
    }
    assert seen <= fills
    assert not any(request[0] == "POST" for request in sandbox.request_counts), "it only reads"


@pytest.mark.skipif(HFTBACKTEST is None, reason="HFTBACKTEST_PYTHON names no interpreter with it: make hftbacktest")
async def test_hftbacktest_has_the_same_best_prices_and_trades(recorded: tuple[Path, Encoder, Sandbox]) -> None:
    path, _, _ = recorded
    play = Path(__file__).with_name("hftbacktest_play.py")
    assert HFTBACKTEST is not None
    done = await asyncio.to_thread(
        subprocess.run, [HFTBACKTEST, str(play), str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    looks: list[list[float]] = json.loads(done.stdout)
    rows = np.load(path)["data"]
    assert len(looks) > 10
    for at_ns, bid, bid_amount, ask, ask_amount, trades in looks:
        until = rows[rows["local_ts"] <= at_ns]
        wanted = best_of(until)
        assert (round(bid, 2), bid_amount, round(ask, 2), ask_amount) == pytest.approx(wanted)
        assert trades == len(of_kind(until, Kind.TRADE))


def best_of(rows: NDArray[np.void]) -> tuple[float, float, float, float]:
    """Best bid and ask with their amounts."""
    sides: dict[bool, dict[float, float]] = {True: {}, False: {}}
    for row in rows[(rows["ev"] & 0xFF) != Kind.TRADE]:
        sides[bool(int(row["ev"]) & Flag.BUY)][float(row["px"])] = float(row["qty"])
    bid = max(price for price, amount in sides[True].items() if amount)
    ask = min(price for price, amount in sides[False].items() if amount)
    return bid, sides[True][bid], ask, sides[False][ask]


def test_what_cannot_be_recorded_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = tmp_path / "day.npz"
    there.touch()
    new = tmp_path / "new.npz"
    assert start("peatio", PAIR, there, 1, "http://127.0.0.1:1") == 1
    assert start("peatio", PAIR, tmp_path / "no" / "day.npz", 1, "http://127.0.0.1:1") == 1
    assert start("binance", PAIR, new, 1, "http://127.0.0.1:1") == 1
    assert start("binance", "BTCUSDT", new, 1, None) == 1
    assert start("nowhere", PAIR, new, 1, None) == 1
    assert start("bing_x", PAIR, new, 1, None) == 1
    assert start("binance", PAIR, tmp_path / "day", 1, None) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"record-market: {there} is there already; remedy: name another file",
        f"record-market: there is no folder {tmp_path / 'no'}; remedy: make it",
        "record-market: --url is the address of a Peatio, and the connector is binance; remedy: leave it out",
        "record-market: BTCUSDT is no trading pair; remedy: write BASE-QUOTE, as in BTC-USDT",
        "record-market: Hummingbot has no connector nowhere; remedy: see `./hbot connect` for their names",
        "record-market: bing_x cannot be recorded: the book of Hummingbot's connector is not the exchange's (it takes "
        "every second of the exchange's whole books for changes, and keeps levels that are gone); remedy: record the "
        "pair on another exchange",
        f"record-market: {tmp_path / 'day'} is no name for a recording; remedy: let it end with .npz, as in day.npz",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["day.npz"], "nothing is left behind"
