"""A recorded market that is played: its book, its trades, and what a member does to them."""

import asyncio
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from peatio_cli.record.events import EVENT, Encoder
from peatio_cli.record.recorder import save
from peatio_cli.typer_app import app
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.__main__ import main
from peatio_sandbox.exchange.market import Side
from peatio_sandbox.exchange.order_request import OrderRequest
from peatio_sandbox.market_file import EventKind, MarketEvent, MarketFileError, read_market
from peatio_sandbox.options import OptionError, with_played
from test.patience import eventually

D = Decimal
MS = 10**6
GONE = "--play gone.npz: cannot read gone.npz: No such file or directory; remedy: another file"
Depth = list[tuple[Decimal, Decimal]]


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """A book, a trade that takes half of the best ask, and a book that moved."""
    encoder = Encoder()
    encoder.book(10**18, {29990.0: 1.0, 29980.0: 2.0}, {30010.0: 1.0})
    encoder.trade(10**18 + 200 * MS, 30010.0, 0.5, is_buy=True)
    encoder.book(10**18 + 200 * MS, {29990.0: 1.0, 29980.0: 2.0}, {30010.0: 0.5})
    encoder.book(10**18 + 400 * MS, {29995.0: 1.5, 29980.0: 2.5}, {30015.0: 0.123456789})
    path = tmp_path / "day.npz"
    save(encoder, path)
    return path


def depth(sandbox: Sandbox, side: Side) -> Depth:
    return sandbox.exchange.store.depth(sandbox.exchange.markets["btcusd"], side)


def test_the_file_is_read_as_it_was_written(day: Path) -> None:
    read = list(read_market(day))
    assert read[0] == MarketEvent(EventKind.FIRST_LEVEL, 10**18, True, 29990.0, 1.0)
    assert read[3] == MarketEvent(EventKind.TRADE, 10**18 + 200 * MS, True, 30010.0, 0.5)
    assert len(read) == len(np.load(day)["data"])
    assert {event.kind for event in read[4:]} == {EventKind.LEVEL}


def write_text(path: Path) -> None:
    path.write_text("no archive", encoding="ascii")


def write_other_name(path: Path) -> None:
    np.savez(path, other=np.zeros(1, EVENT))


def write_other_columns(path: Path) -> None:
    np.savez(path, data=np.zeros((3, 8)))


def write_half(path: Path) -> None:
    np.savez(path, data=np.zeros(3, EVENT))
    with zipfile.ZipFile(path) as archive:
        array = archive.read("data.npy")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.npy", array[:-64])


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (write_text, "is no file of `record-market`: File is not a zip file"),
        (write_other_name, "is no file of `record-market`: "),
        (write_other_columns, "its array is none of hftbacktest's"),
        (write_half, "ends within its array"),
    ],
)
def test_another_file_is_refused_with_the_reason(tmp_path: Path, write: Callable[[Path], None], reason: str) -> None:
    path = tmp_path / "day.npz"
    write(path)
    with pytest.raises(MarketFileError, match=reason):
        list(read_market(path))
    if write is not write_half:
        with pytest.raises(OptionError, match=r"--play .*; remedy: a file of `hummingbot-peatio record-market`"):
            with_played(SandboxConfig(), [f"btcusd={path}"])


def test_the_option_names_a_market_or_means_the_first_one(day: Path) -> None:
    assert with_played(SandboxConfig(), [str(day)]).played == {"btcusd": day}
    assert with_played(SandboxConfig(), [f"ethusd={day}"]).played == {"ethusd": day}
    with pytest.raises(OptionError, match=r"--play nowhere=.*: there is no market 'nowhere'; remedy: one of btcusd"):
        with_played(SandboxConfig(), [f"nowhere={day}"])
    with pytest.raises(OptionError, match=r"--play gone\.npz: cannot read gone\.npz: No such file"):
        with_played(SandboxConfig(), ["gone.npz"])


def test_both_command_lines_refuse_what_they_cannot_play(capsys: pytest.CaptureFixture[str]) -> None:
    result = CliRunner().invoke(app, ["sandbox", "--port", "0", "--play", "gone.npz"])
    assert (result.exit_code, result.output) == (2, f"sandbox: {GONE}\n")
    assert main(["--port", "0", "--play", "gone.npz"]) == 1
    assert capsys.readouterr().err == f"{GONE}.\n"


async def test_book_and_trades_are_those_of_the_recording_in_its_time(day: Path) -> None:
    async with Sandbox(with_played(SandboxConfig(), [str(day)])) as sandbox:
        began_s = asyncio.get_running_loop().time()
        await eventually(lambda: depth(sandbox, "buy") == [(D("29990"), D(1)), (D("29980"), D(2))], "the first book")
        last = [(D("29995"), D("1.5")), (D("29980"), D("2.5"))]
        await eventually(lambda: depth(sandbox, "buy") == last, "the last book")
        assert asyncio.get_running_loop().time() - began_s >= 0.4
        # Rounded down to what the market takes.
        await eventually(lambda: depth(sandbox, "sell") == [(D("30015"), D("0.123456"))], "its asks")
        trade = sandbox.exchange.store.last_trade("btcusd")
        assert trade is not None
        assert (trade.price, trade.amount) == (D("30010"), D("0.5"))
        assert {fill.side for fill in sandbox.fills("crowd")} == {"buy"}
        assert len(sandbox.fills("crowd")) == 1
    assert sandbox.handler_errors == []


async def test_a_member_s_order_meets_the_played_book(day: Path) -> None:
    async with Sandbox(with_played(SandboxConfig(), [str(day)])) as sandbox:
        await eventually(lambda: len(depth(sandbox, "buy")) == 2, "the book")
        exchange = sandbox.exchange
        request = OrderRequest(exchange.markets["btcusd"], "sell", "limit", D("0.25"), D("29980"))
        exchange.submit(exchange.members["bot"], request)
        await eventually(lambda: sandbox.fills("bot"), "it is filled")
        assert sandbox.fills("bot")[0].price in (D("29990"), D("29995"))


async def test_a_file_that_ends_in_the_middle_is_a_failure_of_the_sandbox(tmp_path: Path) -> None:
    path = tmp_path / "day.npz"
    write_half(path)
    async with Sandbox(SandboxConfig(played={"btcusd": path})) as sandbox:
        await eventually(lambda: any(player.failures() for player in sandbox._players), "it has failed")
    assert isinstance(sandbox.handler_errors[0], MarketFileError)
