"""What the set-up shows while uv works, read off lines that uv 0.13.9 wrote while it compiled Hummingbot."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def progress(tool: Callable[[str], ModuleType]) -> ModuleType:
    return tool("progress")


LINES = [
    ("Downloading scipy (33.7MiB)", "downloading scipy"),
    (" Downloaded scipy", "downloading scipy"),
    ("   Building hummingbot==20260922", "building hummingbot"),
    ("DEBUG Creating build environment for: hummingbot==20260922", "building hummingbot"),
    (
        "DEBUG [45/60] Cythonizing hummingbot/strategy/api_asset_price_delegate.pyx",
        "translating Hummingbot to C++, module 45 of 60",
    ),
    ("DEBUG building 'hummingbot.connector.connector_base' extension", "compiling Hummingbot, module 1 of 60"),
    # Two packages are built at a time.
    ("DEBUG building 'msgpack._packer' extension", "compiling Hummingbot, module 1 of 60"),
    (
        "DEBUG building 'hummingbot.connector.exchange.binance.dummy' extension",
        "compiling Hummingbot, module 2 of 60",
    ),
    ("DEBUG g++ -fno-strict-overflow -c dummy.cpp -o dummy.o", "compiling Hummingbot, module 2 of 60"),
    ("      Built hummingbot==20260922", "compiling Hummingbot, module 2 of 60"),
    ("Prepared 184 packages in 1m 48s", "unpacking the packages"),
]


def test_activity(progress: ModuleType) -> None:
    activity = progress.Activity("asking the package index")
    assert activity.text == "asking the package index"
    for line, text in LINES:
        activity.feed(f"{line}\n")
        assert activity.text == text


def test_lines_while_it_runs(
    progress: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Not on a terminal: a line every interval with the elapsed time; the output is in the log."""
    monkeypatch.setattr(progress, "_PLAIN_INTERVAL_S", 0.05)
    log = tmp_path / "log"
    program = "import time; print('Downloading rich (1.0MiB)', flush=True); time.sleep(1); raise SystemExit(3)"
    printed = "Downloading rich (1.0MiB)\n"
    assert progress.run_logged([sys.executable, "-c", program], {}, log) == (3, printed)
    assert log.read_text() == printed
    assert "  0:00  downloading rich\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("printed", "written"),
    [
        ("GET https://user:hunter2@index.example/simple/six/", "GET https://****@index.example/simple/six/"),
        ("`http://hunter2@index.example:8080`", "`http://****@index.example:8080`"),
        ("https://user:hunter2@odd@index.example/", "https://****@index.example/"),
        ("https://index.example/a@b/six", "https://index.example/a@b/six"),
    ],
)
def test_credentials_in_addresses_do_not_reach_the_log(
    progress: ModuleType, tmp_path: Path, printed: str, written: str
) -> None:
    log = tmp_path / "log"
    _, output = progress.run_logged([sys.executable, "-c", f"print({printed!r})"], {}, log)
    assert output == log.read_text() == f"{written}\n"
