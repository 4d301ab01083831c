"""What `init` writes into Hummingbot's own settings: a first start asks no other exchange."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from peatio_cli.install.init_command import run
from peatio_cli.install.instance import InstancePurpose, create_instance, instance_environment

NAMED = "exchanges:\n  mine:\n    domain: http://127.0.0.1:9\n"


def read(directory: Path, name: str) -> Any:
    return yaml.safe_load((directory / "conf" / name).read_text())


def paper_trade(directory: Path) -> Any:
    return read(directory, "conf_client.yml")["paper_trade"]


def test_a_new_instance_has_complete_settings_with_peatio_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "bot"
    assert run(directory) == 0
    assert "note" not in capsys.readouterr().out
    assert paper_trade(directory)["paper_trade_exchanges"] == ["peatio"]
    assert paper_trade(directory)["paper_trade_account_balance"]["BTC"] == 1, "Hummingbot's own"
    written = read(directory, "conf_client.yml")
    assert {"instance_id", "mqtt_bridge", "rate_oracle_source", "tick_size"} <= written.keys()
    assert read(directory, "peatio.yml") == {"rates": "peatio"}

    # Named later: the list is the user's now.
    (directory / "conf" / "peatio.yml").write_text(NAMED)
    before = (directory / "conf" / "conf_client.yml").read_bytes()
    assert run(directory) == 0
    (note,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("note: ")]
    assert note == (
        f"note: {directory}/conf/conf_client.yml does not have peatio_mine under paper_trade_exchanges; to trade there "
        "on paper, add it to that list"
    )
    assert (directory / "conf" / "conf_client.yml").read_bytes() == before
    assert read(directory, "peatio.yml") == yaml.safe_load(NAMED), "the rates are the user's choice as well"


def test_settings_without_a_list_get_one_with_the_named_exchanges(tmp_path: Path) -> None:
    directory = tmp_path / "bot"
    balances = {"BTC": 3.0, "USD": 5.0}
    (directory / "conf").mkdir(parents=True)
    (directory / ".hummingbot-peatio.json").write_text('{"format": 1, "purpose": "ordinary"}\n')
    (directory / "conf" / "peatio.yml").write_text(f"rates: hummingbot\n{NAMED}")
    (directory / "conf" / "conf_client.yml").write_text(
        yaml.safe_dump({"log_level": "DEBUG", "paper_trade": {"paper_trade_account_balance": balances}})
    )
    assert run(directory) == 0
    assert paper_trade(directory) == {
        "paper_trade_exchanges": ["peatio", "peatio_mine"],
        "paper_trade_account_balance": balances,
    }
    assert read(directory, "conf_client.yml")["log_level"] == "DEBUG"
    assert read(directory, "peatio.yml")["rates"] == "hummingbot"


def test_settings_that_cannot_be_read_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = tmp_path / "bot"
    (directory / "conf").mkdir(parents=True)
    (directory / ".hummingbot-peatio.json").write_text('{"format": 1, "purpose": "ordinary"}\n')
    (directory / "conf" / "conf_client.yml").write_text("mqtt_password: my-secret: x\n")
    assert run(directory) == 1
    assert capsys.readouterr().err == (
        f"init: {directory}/conf/conf_client.yml cannot be written: it is not YAML, line 1; remedy: correct that file "
        "or move it away, then run init again\n"
    )


NEW_VOLUME = """
from hummingbot.client.config.config_crypt import ETHKeyFileSecretManger, store_password_verification
store_password_verification(ETHKeyFileSecretManger("another password"))
from peatio_cli.fleet.bot import main
main([])
"""


def test_a_bot_in_a_containers_new_volume_writes_them_too(tmp_path: Path) -> None:
    directory = create_instance(tmp_path / "bot", InstancePurpose.ORDINARY).directory
    environment = {**instance_environment(directory), "CONFIG_PASSWORD": "correct horse", "BOT_NAME": "btc"}
    command = [sys.executable, "-W", "ignore", "-c", NEW_VOLUME]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    assert "run: the password does not match this key store" in done.stderr
    assert paper_trade(directory)["paper_trade_exchanges"] == ["peatio"]
    assert read(directory, "peatio.yml") == {"rates": "peatio"}
