"""`hummingbot-peatio uninstall`, and what Hummingbot does without the connector before and after it."""

import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.execution.intent import Intent
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME
from typer.testing import CliRunner

from peatio_cli.install.instance import (
    MARKER_NAME,
    Instance,
    InstancePurpose,
    create_instance,
    hummingbot_package,
    in_use,
)
from peatio_cli.install.uninstall import KEPT_FOLDER, UninstallError, clear
from peatio_cli.typer_app import app
from test.journals import open_journal
from test.peatio_cli.hbot import STAND_IN_FOR_A_BOT

ROOT = Path(__file__).parents[3]
WRITTEN = ROOT / "test" / "data" / "written-by-0.1.0"
BY_HAND = "mkdir -p conf/peatio_keys && mv conf/connectors/peatio*.yml conf/peatio_keys/"
KEYS = ["peatio.yml", "peatio_mycoin.yml"]

# As Hummingbot logs in.
LOG_IN = """
from hummingbot.client.settings import AllConnectorSettings
AllConnectorSettings.create_connector_settings()
from hummingbot.client.config.config_crypt import ETHKeyFileSecretManger
from hummingbot.client.config.security import Security
assert Security.login(ETHKeyFileSecretManger("pw"))
print("logged in, connectors with keys:", *Security.all_decrypted_values())
"""


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """A directory with stored keys of two Peatio exchanges and of another."""
    directory = tmp_path / "bot"
    shutil.copytree(WRITTEN / "conf", directory / "conf")
    (directory / "conf" / "connectors" / "binance.yml").write_text("connector: binance\n")
    (directory / "data").mkdir()
    return directory


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def note_an_order(instance: Path) -> IntentJournal:
    journal = open_journal(instance / "data" / JOURNAL_NAME, "owner", "account")
    journal.record(Intent("c1", "BTC-USD", "btcusd", True, Decimal(1), Decimal(2), 1_795_207_684.0))
    return journal


def test_the_keys_of_peatio_exchanges_are_moved_and_those_of_others_stay(instance: Path) -> None:
    stored = (instance / "conf" / "connectors" / "peatio.yml").read_bytes()
    cleared = clear(instance)
    assert names(instance / "conf" / "connectors") == ["binance.yml"]
    assert [path.name for path in cleared.moved] == names(cleared.kept_in) == KEYS
    assert cleared.kept_in.stat().st_mode & 0o077 == 0
    assert (cleared.kept_in / "peatio.yml").read_bytes() == stored
    assert (instance / "conf" / "peatio.yml").exists(), "settings stay"
    assert clear(instance).moved == ()


def test_keys_that_were_moved_earlier_are_kept_as_well(instance: Path) -> None:
    clear(instance)
    (instance / "conf" / "connectors" / "peatio.yml").write_text("newer\n")
    (moved,) = clear(instance).moved
    assert moved.name == "peatio.2.yml"
    assert moved.read_text() == "newer\n"
    assert (moved.parent / "peatio.yml").read_text() != "newer\n"


def test_nothing_is_moved_while_orders_may_be_open(instance: Path) -> None:
    journal = note_an_order(instance)
    with pytest.raises(UninstallError, match=r"1 order\(s\) may still be open at the exchange"):
        clear(instance)
    assert {*KEYS} < {*names(instance / "conf" / "connectors")}
    journal.close("c1")
    assert len(clear(instance).moved) == 2


def test_force_moves_them_all_the_same(instance: Path) -> None:
    note_an_order(instance)
    assert len(clear(instance, is_forced=True).moved) == 2


def test_nothing_is_moved_while_a_bot_runs(instance: Path) -> None:
    (instance / "data" / "bot").mkdir()
    pid_file = instance / "data" / "bot" / "bot.pid"
    with subprocess.Popen(STAND_IN_FOR_A_BOT) as bot:
        pid_file.write_text(str(bot.pid))
        with pytest.raises(UninstallError, match=rf"a bot runs in .* \(process {bot.pid}\); remedy: \./hbot stop"):
            clear(instance)
        bot.kill()
    pid_file.write_text(str(os.getpid()))  # the number of a bot that is gone, given to another process
    assert len(clear(instance).moved) == 2


def test_nothing_is_moved_while_a_console_is_open(instance: Path) -> None:
    (instance / MARKER_NAME).touch()
    with in_use(Instance(instance, is_new=False)), pytest.raises(UninstallError, match="is in use by another demo"):
        clear(instance)
    assert len(clear(instance).moved) == 2


def test_a_journal_that_cannot_be_read_is_told(instance: Path) -> None:
    (instance / "data" / JOURNAL_NAME).write_text("this is no database, and long enough to be seen as none" * 20)
    with pytest.raises(UninstallError, match="so orders may be open"):
        clear(instance)


def test_a_directory_is_named_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["uninstall", "."])
    assert done.stderr.startswith(f"uninstall: {tmp_path} is not an instance of Hummingbot")
    assert "; remedy: name a directory made by `hummingbot-peatio init`" in done.stderr


def test_the_command_goes_through_all_directories_and_fails_if_one_does(instance: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["uninstall", str(tmp_path), str(instance)])
    assert done.exit_code == 1
    assert f"uninstall: {tmp_path} is not an instance of Hummingbot" in done.stderr
    assert [line.rpartition("/")[2] for line in done.stdout.splitlines() if line.startswith("Moved: ")] == KEYS
    assert "pip uninstall" not in done.stdout, "not yet"
    again = CliRunner().invoke(app, ["uninstall", str(instance)])
    assert again.exit_code == 0
    assert "Nothing to do" in again.stdout
    assert "pip uninstall hummingbot-peatio" in again.stdout


def test_the_documented_way_by_hand_does_the_same(instance: Path) -> None:
    subprocess.run(["sh", "-c", BY_HAND], cwd=instance, check=True)
    assert names(instance / "conf" / "connectors") == ["binance.yml"]
    assert names(instance / "conf" / KEPT_FOLDER) == KEYS
    assert f"\n{BY_HAND}\n" in (ROOT / "docs" / "operate" / "upgrade.md").read_text()


@pytest.fixture
def without_connector(tmp_path: Path) -> Path:
    """An instance whose Hummingbot has lost the connector, with what the connector left in its configuration."""
    directory = create_instance(tmp_path / "left", InstancePurpose.ORDINARY).directory
    shutil.copytree(WRITTEN / "conf", directory / "conf", dirs_exist_ok=True)
    folder, original = directory / "hummingbot", hummingbot_package()
    for step in ("connector", "exchange"):
        folder, original = folder / step, original / step
        folder.unlink()
        folder.mkdir()
        for child in original.iterdir():
            if child.name not in ("__pycache__", "peatio"):
                (folder / child.name).symlink_to(child)
    return directory


def log_in(instance: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOG_IN],
        cwd=instance,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(instance)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_hummingbot_without_the_connector_starts_only_after_it(without_connector: Path) -> None:
    before = log_in(without_connector)
    assert before.returncode != 0
    assert before.stderr.strip().endswith("KeyError: 'peatio'") or "KeyError: 'peatio_mycoin'" in before.stderr
    clear(without_connector)
    after = log_in(without_connector)
    assert after.returncode == 0, after.stderr
    assert after.stdout.strip().endswith("connectors with keys:")
