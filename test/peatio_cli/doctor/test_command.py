"""`hummingbot-peatio doctor` as a user starts it: exit codes, its table, its JSON, and where keys come from.

Once as a process of its own; otherwise within this one, where it does not wait for Hummingbot to be imported.
"""

import asyncio
import contextlib
import io
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hummingbot.connector.exchange.peatio.config import parse_domain
from rich.console import Console
from typer.testing import CliRunner

from peatio_cli.doctor import command as doctor_command
from peatio_cli.doctor import start as doctor_start
from peatio_cli.doctor.check_runner import Row
from peatio_cli.doctor.command import CHECKS, ORDER_CHECK
from peatio_cli.doctor.findings import Finding, Verdict, failed, passed, warning
from peatio_cli.doctor.report import as_json, is_healthy, last_line, print_table
from peatio_cli.doctor.target import NoCredentials, Target
from peatio_cli.install.instance import InstanceError, InstancePurpose, create_instance
from peatio_cli.install.version import version_line
from peatio_cli.typer_app import app
from peatio_sandbox import Sandbox, SandboxConfig
from test.patience import eventually
from test.peatio_cli.doctor_support import PASSWORD, PATIENCE, store

KEYS = [check.key for check in CHECKS]
CLEARED = ("PEATIO_URL", "PEATIO_API_KEY", "PEATIO_SECRET", "HBOT_PASSWORD", "CONFIG_PASSWORD")


@dataclass(frozen=True)
class Ended:
    """How the program ended."""

    code: int | None
    output: str
    errors: str


def clean_environment(**variables: str) -> dict[str, str]:
    """This process's, with nothing in it that the doctor would take for an answer."""
    return {**{name: value for name, value in os.environ.items() if name not in CLEARED}, **variables}


async def doctor(*arguments: str, folder: Path, **variables: str) -> Ended:
    """The command in `folder`, in a thread: it brings its own event loop, and the sandbox has this one."""
    environment: dict[str, str | None] = dict.fromkeys(CLEARED)
    environment.update(variables)
    with contextlib.chdir(folder), patch.object(doctor_command, "Timeouts", return_value=PATIENCE):
        result = await asyncio.to_thread(CliRunner().invoke, app, ["doctor", *arguments], env=environment)
    return Ended(result.exit_code, result.stdout, result.stderr)


async def doctor_process(*arguments: str, folder: Path, **variables: str) -> Ended:
    """The same as a program."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "peatio_cli", "doctor", *arguments,
        cwd=folder, env=clean_environment(**variables), stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    output, errors = await process.communicate()
    return Ended(process.returncode, output.decode(), errors.decode())


def of_member(sandbox: Sandbox, name: str = "bot") -> dict[str, str]:
    member = sandbox.members[name]
    return {"PEATIO_URL": sandbox.url, "PEATIO_API_KEY": member.api_key, "PEATIO_SECRET": member.secret}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(seed=3)) as running:
        yield running


# As a program.


async def test_all_is_well_with_a_trial_order(sandbox: Sandbox, tmp_path: Path) -> None:
    ended = await doctor_process("--trade", "btcusd", folder=tmp_path, **of_member(sandbox))

    assert (ended.code, ended.errors) == (0, "")
    assert ended.output.splitlines()[0] == version_line()
    assert ended.output.splitlines()[1].strip() == f"peatio at {sandbox.url}"
    for check in CHECKS:
        (line,) = [line for line in ended.output.splitlines() if f"│ {check.title} " in line]
        assert "│ ok " in line
    assert "placed, seen by event and REST, cancelled" in ended.output
    assert ended.output.splitlines()[-1] == "doctor: all checks passed"
    assert [order.state for order in sandbox.orders("bot")] == ["cancel"]


async def test_what_is_wrong_is_in_the_table(sandbox: Sandbox, tmp_path: Path) -> None:
    variables = {**of_member(sandbox), "PEATIO_SECRET": "a-wrong-secret"}
    ended = await doctor(folder=tmp_path, **variables)

    assert ended.code == 1
    assert re.search(r"│ API key or token +│ failed +│ .*authz\.invalid_signature", ended.output)
    assert "→ Check the API secret: connect again (./hbot connect NAME --replace) and paste it." in ended.output
    assert re.search(r"│ permissions +│ skipped +│ cannot be checked while 'API key or token' fails", ended.output)
    assert ended.output.splitlines()[-1] == "doctor: 1 of 12 checks failed, 5 skipped"
    for secret in (variables["PEATIO_API_KEY"], variables["PEATIO_SECRET"]):
        assert secret not in ended.output + ended.errors


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pull_quotes: true\nleftover: adopt\n", "line 2: there is no setting leftover (did you mean leftovers?)"),
        ("pull_quotes: [\n", "line 2: not YAML"),
        ("exchanges:\n  mine:\n    domian: a.example\n", "there is no setting domian (did you mean domain?)"),
    ],
)
async def test_a_mistake_in_the_settings_is_found(sandbox: Sandbox, tmp_path: Path, text: str, found: str) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "peatio.yml").write_text(text)
    ended = await doctor("--json", folder=tmp_path, **of_member(sandbox))

    assert ended.code == 1
    first, *others = json.loads(ended.output)["checks"]
    assert (first["check"], first["verdict"]) == ("settings", "failed")
    assert found in first["detail"]
    assert first["remedy"].startswith("Correct it")
    assert {other["verdict"] for other in others} == {"ok"}, "each of the others is still made"


async def test_settings_that_can_be_read_are_listed(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "peatio.yml").write_text("pull_quotes: true\nexchanges:\n  mine: {domain: a.example}\n")
    ended = await doctor("--json", folder=tmp_path, **of_member(sandbox))

    first, *_ = json.loads(ended.output)["checks"]
    assert first["detail"].endswith("conf/peatio.yml can be read, set: pull_quotes; exchanges: peatio_mine")
    assert ended.code == 0


async def test_json_for_machines(sandbox: Sandbox, tmp_path: Path) -> None:
    well = await doctor("--json", folder=tmp_path, **of_member(sandbox))
    ill = await doctor("--json", folder=tmp_path, **{**of_member(sandbox), "PEATIO_API_KEY": "nobody's key"})

    assert (well.code, ill.code) == (0, 1)
    document = json.loads(well.output)
    assert set(document) == {"format", "exchange", "url", "versions", "well", "checks"}
    assert (document["format"], document["exchange"], document["url"]) == (1, "peatio", sandbox.url)
    assert document["well"] is True
    assert [check["check"] for check in document["checks"]] == KEYS
    assert json.loads(ill.output)["well"] is False
    for check in (*document["checks"], *json.loads(ill.output)["checks"]):
        assert set(check) == {"check", "verdict", "detail", "remedy", "seconds"}
        assert check["verdict"] in {"ok", "warning", "failed", "skipped"}
        assert bool(check["remedy"]) is (check["verdict"] in {"failed", "warning"})
        assert isinstance(check["seconds"], float)
    assert "nobody's key" not in ill.output + ill.errors


async def connected(folder: Path, sandbox: Sandbox) -> Path:
    """An instance in which Hummingbot's own `connect` has stored the keys of the sandbox's bot."""
    instance = create_instance(folder, InstancePurpose.ORDINARY)
    bot = sandbox.members["bot"]
    keys = {
        "peatio_exchange_domain": sandbox.url,
        "peatio_api_key": bot.api_key,
        "peatio_secret_key": bot.secret,
    }
    process = await asyncio.create_subprocess_exec(
        instance.launcher, "connect", "peatio", "--keys-stdin",
        env=clean_environment(HBOT_PASSWORD=PASSWORD), stdin=PIPE, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    _, errors = await process.communicate(json.dumps(keys).encode())
    assert process.returncode == 0, errors.decode()
    return instance.directory


async def test_an_instance_is_a_source_of_address_and_keys(sandbox: Sandbox, tmp_path: Path) -> None:
    bot = sandbox.members["bot"]
    instance = await connected(tmp_path / "bot", sandbox)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    here = await doctor("--json", "--instance", str(instance), folder=elsewhere, CONFIG_PASSWORD=PASSWORD)
    locked = await doctor("--json", folder=instance)

    assert (here.code, locked.code) == (0, 1)
    assert key_line(locked)["detail"] == f"{instance}/conf/connectors/peatio.yml is locked"
    # What needs no key is checked all the same.
    assert [check["verdict"] for check in json.loads(locked.output)["checks"][:5]] == ["ok"] * 5
    for ended in (here, locked):
        for secret in (bot.api_key, bot.secret, PASSWORD):
            assert secret not in ended.output + ended.errors


def key_line(ended: Ended) -> dict[str, Any]:
    (line,) = [check for check in json.loads(ended.output)["checks"] if check["check"] == "key"]
    return dict(line)


async def test_stored_keys_are_shown_to_their_own_exchange_only(sandbox: Sandbox, tmp_path: Path) -> None:
    store(tmp_path, "https://mine.example", "my-key", "my-secret")
    ended = await doctor("--json", "--url", sandbox.url, folder=tmp_path, HBOT_PASSWORD=PASSWORD)
    assert ended.code == 1
    assert key_line(ended)["detail"] == "the key stored in this instance is for https://mine.example"
    assert not any("account" in path or "/market/" in path for _, path in sandbox.request_counts)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["myexchange"], "there is no exchange 'myexchange' here, only: peatio"),
        (["--url", "ftp://exchange.example"], "the scheme 'ftp' is not http or https"),
        (["--url", "https://me:hush@exchange.example"], "an address carries no user name or password"),
        (["--instance", "nowhere"], "/nowhere does not exist; remedy: "),
    ],
)
async def test_wrong_use_is_one_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    ended = await doctor(*arguments, folder=tmp_path)
    # A directory is looked at before anything is loaded or printed.
    shown = "" if "--instance" in arguments else f"{version_line()}\n"
    assert (ended.code, ended.output, ended.errors.count("\n")) == (2, shown, 1)
    assert ended.errors.startswith("doctor: ")
    assert said in ended.errors
    assert "hush" not in ended.errors


async def test_an_interrupted_trial_leaves_no_order(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.faults.start("events_lost", member="bot")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "peatio_cli", "doctor", "--trade", "btcusd",
        cwd=tmp_path, env=clean_environment(**of_member(sandbox)), stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    try:
        await eventually(lambda: [order.state for order in sandbox.orders("bot")] == ["wait"], "the order waits", 30.0)
        process.send_signal(signal.SIGINT)
        _, errors = await asyncio.wait_for(process.communicate(), 20.0)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 130
    assert b"doctor: interrupted" in errors
    await sandbox.settle()
    assert [order.state for order in sandbox.orders("bot")] == ["cancel"]


def test_without_hummingbot_it_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise InstanceError("Hummingbot is not installed")

    monkeypatch.setattr(doctor_start, "hummingbot_package", missing)
    result = CliRunner().invoke(app, ["doctor"])
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith("doctor: Hummingbot is not installed")


def test_help_tells_of_the_options() -> None:
    result = CliRunner().invoke(app, ["doctor", "--help"], env={"COLUMNS": "120"})
    assert result.exit_code == 0
    for option in ("--url", "--instance", "--trade", "--json"):
        assert option in result.output


async def test_a_named_exchange_with_its_own_keys(sandbox: Sandbox, tmp_path: Path) -> None:
    bot = sandbox.members["bot"]
    store(tmp_path, sandbox.url, bot.api_key, bot.secret, name="peatio_mine")
    (tmp_path / "conf" / "peatio.yml").write_text(f"exchanges:\n  mine:\n    domain: {sandbox.url}\n")

    ended = await doctor("mine", "--trade", "BTC-USD", folder=tmp_path, HBOT_PASSWORD=PASSWORD)

    assert ended.code == 0, ended.output
    assert ended.output.splitlines()[1].strip() == f"peatio_mine at {sandbox.url}"


# The report.


def rows(*findings: Finding) -> list[Row]:
    return [Row(f"check{number}", f"check {number}", finding, 0.5) for number, finding in enumerate(findings)]


TARGET = Target("peatio", parse_domain("https://exchange.example"), NoCredentials("none", "none"))


def test_a_warning_is_well_and_a_skipped_check_is_not() -> None:
    assert is_healthy(rows(passed("a"), warning("b", "c")))
    assert last_line(rows(passed("a"), warning("b", "c"))) == "doctor: all checks passed, 1 with a warning"
    assert not is_healthy(rows(passed("a"), failed("b", "c")))
    assert not is_healthy(rows(passed("a"), Finding(Verdict.SKIPPED, "b")))


def test_what_an_exchange_says_is_no_mark_up() -> None:
    screen = Console(file=io.StringIO(), width=60)
    print_table(screen, TARGET, rows(failed("[bold]said[/bold] [/]", "[red]do[/red]")))
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    assert "[bold]said[/bold] [/]" in shown
    assert "→ [red]do[/red]" in shown


def test_the_table_fits_a_narrow_terminal() -> None:
    screen = Console(file=io.StringIO(), width=80)
    print_table(screen, TARGET, rows(passed("word " * 60)))
    assert max(map(len, screen.file.getvalue().splitlines())) <= 80  # type: ignore[attr-defined]


def test_json_keeps_what_it_is_given() -> None:
    document = json.loads(as_json(TARGET, "versions", rows(failed("“quoted”", "→ do"))))
    assert document["checks"][0] == {
        "check": "check0", "verdict": "failed", "detail": "“quoted”", "remedy": "→ do", "seconds": 0.5
    }  # fmt: skip


# Its page.


def test_the_page_names_every_check() -> None:
    page = (Path(__file__).parents[3] / "docs" / "operate" / "doctor.md").read_text(encoding="utf-8")
    for check in (*CHECKS, ORDER_CHECK):
        (line,) = [line for line in page.splitlines() if line.startswith(f"| {check.title} | `{check.key}` | ")]
        needs = ", ".join(f"`{need}`" for need in check.needs)
        assert line.removesuffix("|").strip().endswith(f"| {needs}".strip()), line
