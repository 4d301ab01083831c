"""The example of docs/operate/backtest.md, as it is printed there."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

from peatio_cli.install.instance import InstancePurpose, create_instance
from peatio_sandbox import Sandbox, SandboxConfig
from test.documents.commands import ROOT

PAGE = ROOT / "docs" / "operate" / "backtest.md"


async def test_the_example_runs_as_printed(tmp_path: Path) -> None:
    instance = create_instance(tmp_path / "my-bot", InstancePurpose.ORDINARY).directory
    files = re.findall(r"^```python\n# (\S+)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert [name for name, _ in files] == ["controllers/directional_trading/two_averages.py", "backtest.py"]
    for name, text in files:
        (instance / name).write_text(text, encoding="utf-8")
    async with Sandbox(SandboxConfig(history_s=7 * 86_400)) as sandbox:
        stored = f"connector: peatio\npeatio_exchange_domain: {sandbox.url}\n"
        (instance / "conf" / "connectors" / "peatio.yml").write_text(stored)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "backtest.py", cwd=instance, stdout=PIPE, stderr=STDOUT
        )
        output = (await process.communicate())[0].decode()
        assert process.returncode == 0, output
        assert sandbox.orders("bot") == []
    printed = dict(line.split(" ", 1) for line in output.splitlines() if " " in line)
    assert "candles" in printed, output
    # Those before the first candle of five minutes have no signal.
    assert 2 * 1440 - 5 <= int(printed["candles"]) <= 2 * 1440 + 1
    assert int(printed["total_executors"]) > 0
    assert float(printed["total_volume"]) > 0
    assert "net_pnl_quote" in printed
    assert eval(printed["close_types"]).keys() <= {"TAKE_PROFIT", "STOP_LOSS", "TIME_LIMIT"}
