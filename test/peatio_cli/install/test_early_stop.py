"""A bot or guard that is stopped while it loads Hummingbot ends then, also as the first process of a container."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from peatio_cli.install.instance import InstancePurpose, create_instance, instance_environment
from test.patience import eventually

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads handlers of signals in /proc")


def handles(process: asyncio.subprocess.Process, number: signal.Signals) -> bool:
    """Whether the process has a handler of its own."""
    assert process.returncode is None, "it ended"
    status = Path(f"/proc/{process.pid}/status").read_text()
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (number - 1) & 1)


@pytest.mark.parametrize(
    ("module", "arguments", "name"), [("peatio_cli.fleet.bot", (), "run"), ("peatio_cli", ("guard", "."), "guard")]
)
async def test_a_stop_while_hummingbot_is_loaded(
    module: str, arguments: tuple[str, ...], name: str, tmp_path: Path
) -> None:
    directory = create_instance(tmp_path / "bot", InstancePurpose.ORDINARY).directory
    environment = {key: value for key, value in instance_environment(directory).items() if "PASSWORD" not in key}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, cwd=directory, env=environment, stderr=PIPE
    )
    try:
        await eventually(lambda: handles(process, signal.SIGTERM), "a handler")
        process.terminate()
        _, errors = await asyncio.wait_for(process.communicate(), 20)
        assert (process.returncode, errors.decode()) == (0, f"{name}: stopped before it started\n")
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()
