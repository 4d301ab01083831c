"""A message on its way through apprise's process: what arrives, and what is said, and never is, when it does not."""

import asyncio
import json
import os
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from peatio_cli.alerts.addresses import Addresses
from peatio_cli.alerts.alert import Alert, Kind
from peatio_cli.alerts.courier import Courier
from peatio_cli.alerts.deliver import MISSING, NOT_TAKEN, UNKNOWN
from test.patience import eventually
from test.peatio_cli.alerts.receiver import Receiver, shows_an_address

BEGAN = Alert(1_700_000_000.0, Kind.BEGAN, "A <b>text</b> & *more*.")
RESOLVED = Alert(1_700_000_060.0, Kind.RESOLVED, "It is gone.")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver().running() as running:
        yield running


def courier(*addresses: str, longest_s: float = 60.0) -> Courier:
    return Courier(Addresses("\n".join(addresses), "a test"), "my-bot", longest_s)


async def test_a_message_arrives_as_it_was_written(receiver: Receiver) -> None:
    delivery = await courier(receiver.address).send(0, [BEGAN, RESOLVED])
    assert (delivery.name, delivery.problem) == ("alert address 1 of 1 (JSON)", "")
    assert receiver.messages == [
        (
            "my-bot: alert",
            "2023-11-14 22:13:20 UTC: A <b>text</b> & *more*.\n2023-11-14 22:14:20 UTC: RESOLVED: It is gone.",
            "warning",
        )
    ]


async def test_what_is_longer_than_the_service_takes_arrives_in_parts(receiver: Receiver) -> None:
    """Services refuse a longer message whole: 2,000 characters at Discord, 4,096 at Telegram, 32,768 of a webhook."""
    long = [Alert(1_700_000_000.0 + number, Kind.EVENT, f"{number} " + "x" * 700) for number in range(50)]
    assert (await courier(receiver.address).send(0, long)).problem == ""
    assert len(receiver.messages) == 2
    assert all(len(text) <= 32_768 for _, text, _ in receiver.messages)
    assert [line.split()[0] for line in receiver.texts if "x" in line and line[0].isdecimal()][-1] == "49"


async def test_a_refusal_is_named_without_the_address(receiver: Receiver) -> None:
    receiver.status = 403
    delivery = await courier(receiver.address).send(0, [BEGAN])
    assert delivery.problem == "it refused the message (HTTP 403)"
    assert not shows_an_address(repr(delivery))


async def test_an_address_that_is_down_or_none_is_named_by_its_number(receiver: Receiver) -> None:
    down = courier("planted-token-without-a-service", "json://127.0.0.1:1/planted")
    assert (await down.send(0, [RESOLVED])).problem == UNKNOWN
    delivery = await down.send(1, [RESOLVED])
    assert (delivery.name, delivery.problem) == ("alert address 2 of 2 (JSON)", NOT_TAKEN)


async def test_one_that_never_answers_is_given_up_and_its_process_ended(receiver: Receiver) -> None:
    """apprise's own time-out is longer here than the limit for the whole delivery."""
    receiver.is_silent = True
    sender = courier(f"{receiver.address}?rto=60", longest_s=1.0)
    sending = asyncio.create_task(sender.send(0, [BEGAN]))
    assert (await sending).problem == "it has not answered within 1 s"
    assert children() == []


async def test_a_delivery_that_is_cancelled_leaves_no_process(receiver: Receiver) -> None:
    receiver.is_silent = True
    sending = asyncio.create_task(courier(f"{receiver.address}?rto=60").send(0, [BEGAN]))
    await eventually(lambda: receiver.asked, "the message is on its way", timeout_s=60)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert children() == []


def children() -> list[str]:
    """The delivering processes of this one."""
    found = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    if not found.exists():
        pytest.skip("only Linux lists a process's children")
    lines = [Path(f"/proc/{pid}/cmdline").read_bytes().decode() for pid in found.read_text().split()]
    return [line for line in lines if "alerts.deliver" in line]


@pytest.mark.parametrize("kind", ["refused", "down", "none"])
async def test_apprises_own_logs_go_nowhere_even_at_debug_level(tmp_path: Path, receiver: Receiver, kind: str) -> None:
    """Run as the courier runs it, with every logger as talkative as it gets."""
    (tmp_path / "talkative.py").write_text(
        "import logging, runpy\n"
        "logging.basicConfig(level=1)\n"
        "for name in ('apprise', 'urllib3', 'requests'):\n"
        "    logging.getLogger(name).setLevel(1)\n"
        "runpy.run_module('peatio_cli.alerts.deliver', run_name='__main__')\n"
    )
    receiver.status = 404
    address = {"refused": receiver.address, "down": "json://planted@127.0.0.1:1/planted", "none": "planted"}[kind]
    request = json.dumps({"address": address, "title": "a", "body": "b", "kind": "info"}).encode()
    process = await asyncio.create_subprocess_exec(
        sys.executable, tmp_path / "talkative.py", stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    output, errors = (text.decode() for text in await process.communicate(request))
    assert json.loads(output)["problem"]
    assert not shows_an_address(output)
    assert not shows_an_address(errors), errors


async def test_the_process_gets_no_other_secret(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, str] = {}
    real = asyncio.create_subprocess_exec

    async def watched(*command: str, **options: object) -> asyncio.subprocess.Process:
        seen.update(options["env"])  # type: ignore[call-overload]
        assert not any(shows_an_address(str(word)) for word in command)
        return await real(*command, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    for name in ("HBOT_PASSWORD", "PEATIO_SECRET", "PEATIO_ALERTS", "CONFIG_PASSWORD_FILE", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "something")
    await courier(receiver.address).send(0, [BEGAN])
    assert seen["HTTPS_PROXY"]
    assert not any(name.startswith(("PEATIO", "HBOT", "CONFIG_")) for name in seen)


def test_without_apprise_the_remedy_is_named() -> None:
    script = (
        "import sys; sys.modules['apprise'] = None\n"
        "from peatio_cli.alerts.deliver import deliver\n"
        "print(deliver('json://127.0.0.1:1', 'a', 'b', 'info')['problem'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == MISSING
    assert MISSING.endswith("pip install 'hummingbot-peatio[alerts]'")
