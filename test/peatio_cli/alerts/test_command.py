"""`hummingbot-peatio alert test`."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from test.peatio_cli.alerts.receiver import Receiver, shows_an_address


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    folder = tmp_path / "my-bot"
    (folder / "conf" / "connectors").mkdir(parents=True)
    return folder


async def alert(*words: str, folder: Path, addresses: str = "") -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "peatio_cli", "alert", *words),
        cwd=folder,
        env={"PEATIO_ALERTS": addresses, "PATH": "/usr/bin:/bin"},
        stdout=PIPE,
        stderr=PIPE,
    )
    output, errors = await process.communicate()
    return process.returncode or 0, output.decode(), errors.decode()


async def test_it_sends_to_every_address_and_says_what_became_of_each(instance: Path) -> None:
    (instance / "conf" / "peatio_alerts.yml").write_text(
        "fills: true\nloss_above: {USD: 1.50}\nstopped: false\nexposure_above: {mirror: 0.50, ETH-USD: 2}\n"
    )
    async with Receiver().running() as receiver:
        code, output, errors = await alert("test", folder=instance, addresses=f"{receiver.address} json://127.0.0.1:1")
        assert (code, errors) == (1, "")
        assert output.splitlines() == [
            "reported: the guard's work",
            "reported: an order book that is not trusted for 60 s",
            "reported: an unhedged exposure above 0.5 of mirror",
            "reported: an unhedged exposure above 2 of ETH-USD",
            "reported: a loss of the day above 1.5 USD",
            "reported: each fill",
            "alert address 1 of 2 (JSON): sent",
            "alert address 2 of 2 (JSON): it could not be reached, or did not take the message",
        ]
        assert receiver.texts == ["A test of the alerts. Nothing has happened."]
        (instance / "conf" / "peatio_alert_addresses").write_text(receiver.address)
        (instance / "conf" / "peatio_alert_addresses").chmod(0o600)
        code, output, errors = await alert("test", str(instance), folder=instance.parent)
        assert code == 0
        assert len(receiver.messages) == 2
        assert not shows_an_address(output + errors)


async def test_what_is_missing_or_wrong_is_said_with_the_remedy(instance: Path) -> None:
    assert await alert("test", folder=instance) == (
        2,
        "",
        f"alert: there are no addresses; remedy: set PEATIO_ALERTS, or write them into "
        f"{instance / 'conf' / 'peatio_alert_addresses'}, one on a line (chmod 600)\n",
    )
    code, _, errors = await alert("tset", folder=instance)
    assert (code, errors) == (2, "alert: there is no 'tset'; remedy: write `hummingbot-peatio alert test`\n")
    code, _, errors = await alert("test", "nowhere", folder=instance)
    assert (code, errors.partition(";")[0]) == (2, f"alert: {instance / 'nowhere'} does not exist")
    (instance / "conf" / "peatio_alerts.yml").write_text("fills: often\n")
    code, _, errors = await alert("test", folder=instance, addresses="json://127.0.0.1:1")
    assert (code, errors) == (
        2, f"alert: {instance / 'conf' / 'peatio_alerts.yml'}: fills is true or false, not 'often'.\n"
    )  # fmt: skip
