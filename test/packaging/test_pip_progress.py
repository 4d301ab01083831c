"""What the set-up shows while pip works, read off lines that pip 26.3 wrote while it compiled Hummingbot."""

import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def pip_progress(project: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(project / "tools")
    import pip_progress

    return pip_progress


LINES = [
    ("Collecting aiohttp<4,>=3.9 (from hummingbot-peatio==0.1.0)", "collecting aiohttp"),
    ("  Downloading aiohttp-3.13.5-cp312-cp312-manylinux2014_x86_64.whl (1.8 MB)", "collecting aiohttp"),
    (
        "  [45/60] Cythonizing hummingbot/strategy/api_asset_price_delegate.pyx",
        "translating Hummingbot to C++, module 45 of 60",
    ),
    (
        "Building wheels for collected packages: hummingbot, msgpack-python",
        "translating Hummingbot to C++, module 45 of 60",
    ),
    ("  Building wheel for hummingbot (pyproject.toml): started", "building hummingbot"),
    (
        "  [ 3/60] Cythonizing hummingbot/connector/exchange/binance/dummy.pyx",
        "translating Hummingbot to C++, module 3 of 60",
    ),
    (
        "  building 'hummingbot.connector.connector_base' extension",
        "compiling hummingbot, module 1 of 60",
    ),
    (
        "  building 'hummingbot.connector.exchange.binance.dummy' extension",
        "compiling hummingbot, module 2 of 60",
    ),
    ("  g++ -fno-strict-overflow -c dummy.cpp -o dummy.o", "compiling hummingbot, module 2 of 60"),
    ("  Building wheel for msgpack-python (pyproject.toml): started", "building msgpack-python"),
    ("  building 'msgpack._packer' extension", "compiling msgpack-python, module 1"),
    ("Installing collected packages: safe-pysha3, x25519", "unpacking the packages"),
]


def test_activity(pip_progress: ModuleType) -> None:
    activity = pip_progress.PipActivity()
    for line, text in LINES:
        activity.feed(f"{line}\n")
        assert activity.text == text


def test_lines_while_it_runs(
    pip_progress: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Not on a terminal: a line every interval with the elapsed time; the output is in the log."""
    monkeypatch.setattr(pip_progress, "_PLAIN_INTERVAL_S", 0.05)
    log = tmp_path / "log"
    program = "import time; print('Collecting rich', flush=True); time.sleep(1); raise SystemExit(3)"
    assert pip_progress.run_pip([sys.executable, "-c", program], {}, log) == 3
    assert log.read_text() == "Collecting rich\n"
    assert "  0:00  collecting rich\n" in capsys.readouterr().out
