"""A bot with keys from the environment, as a container has them: no key store, and nothing of them on disk."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest
import yaml
from hummingbot.cli.strategy_configs import describe_strategy, fill_template
from hummingbot.client.config import config_crypt
from hummingbot.client.config.config_crypt import ETHKeyFileSecretManger, validate_password
from hummingbot.client.config.config_helpers import ClientConfigAdapter
from hummingbot.client.config.security import Security
from hummingbot.connector.exchange.peatio.peatio_utils import PeatioConfigMap

from peatio_cli.fleet import keys as fleet_keys
from peatio_cli.fleet.keys import bots_keys, empty_key_store, use_keys
from peatio_cli.install import environment_keys
from peatio_cli.install.environment_keys import EnvironmentKeys, KeysError, key_variables
from peatio_cli.install.instance import InstancePurpose, create_instance
from peatio_sandbox import Sandbox, SandboxConfig
from test.patience import eventually

GIVEN = EnvironmentKeys("the-key", "the-secret", "PEATIO_API_KEY and PEATIO_SECRET")
CLEARED = ("HBOT_PASSWORD", "CONFIG_PASSWORD", "CONFIG_PASSWORD_FILE")


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch) -> dict[str, ClientConfigAdapter]:
    """What Hummingbot has decrypted: nothing yet."""
    configs: dict[str, ClientConfigAdapter] = {}
    monkeypatch.setattr(Security, "_secure_configs", configs)
    monkeypatch.setattr(fleet_keys, "update_connector_hb_config", lambda config: None)
    monkeypatch.setattr(environment_keys, "is_preset", True)
    return configs


def stored(api_key: str, secret: str) -> ClientConfigAdapter:
    keys = {"peatio_exchange_domain": "a.example", "peatio_api_key": api_key, "peatio_secret_key": secret}
    return ClientConfigAdapter(PeatioConfigMap.model_validate({"connector": "peatio", **keys}))


def test_hummingbot_gets_the_keys_as_if_they_were_stored() -> None:
    use_keys({"peatio": GIVEN})
    keys = Security.api_keys("peatio")
    assert (keys["peatio_api_key"], keys["peatio_secret_key"]) == ("the-key", "the-secret")
    assert keys["peatio_exchange_domain"], "the preset"


def test_the_same_key_may_be_stored_as_well(store: dict[str, ClientConfigAdapter]) -> None:
    store["peatio"] = stored("the-key", "the-secret")
    use_keys({"peatio": GIVEN})
    assert Security.api_keys("peatio")["peatio_exchange_domain"] == "https://a.example"


@pytest.mark.parametrize(("key", "secret"), [("other-key", "the-secret"), ("the-key", "other-secret")])
def test_another_stored_key_is_an_error_that_names_both_and_shows_neither(
    store: dict[str, ClientConfigAdapter], key: str, secret: str
) -> None:
    store["peatio"] = stored(key, secret)
    with pytest.raises(KeysError) as refusal:
        use_keys({"peatio": GIVEN})
    text = str(refusal.value)
    assert "the key of PEATIO_API_KEY and PEATIO_SECRET is another than the one stored in " in text
    assert "conf/connectors/peatio.yml" in text
    assert not any(word in text for word in ("the-key", "the-secret", "other-"))


def test_a_key_without_an_exchange_is_not_sent_to_the_default_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment_keys, "is_preset", False)
    with pytest.raises(KeysError, match="Set PEATIO_EXCHANGE_DOMAIN to its address"):
        use_keys({"peatio": GIVEN})


def test_named_exchanges_have_their_own_and_token_logins_none(tmp_path: Path) -> None:
    (tmp_path / "peatio.yml").write_text(
        "exchanges:\n  mycoin: {domain: a.example}\n"
        "  signed: {domain: b.example, login: jwt, jwt: {key_file: k, uid: U, email: e}}\n"
    )
    environment = {"PEATIO_MYCOIN_API_KEY": "k", "PEATIO_MYCOIN_SECRET": "s"}
    assert set(bots_keys(environment, tmp_path)) == {"peatio_mycoin"}
    with pytest.raises(KeysError, match="PEATIO_SIGNED_API_KEY is the key of no exchange"):
        bots_keys({**environment, "PEATIO_SIGNED_API_KEY": "k"}, tmp_path)


def test_the_key_store_of_a_process_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_crypt, "get_default_work_factor_for_kdf", lambda kdf: 1000)
    before = config_crypt.PASSWORD_VERIFICATION_PATH
    with empty_key_store() as password:
        path = config_crypt.PASSWORD_VERIFICATION_PATH
        assert validate_password(ETHKeyFileSecretManger(password))
        assert not validate_password(ETHKeyFileSecretManger("another"))
    assert before == config_crypt.PASSWORD_VERIFICATION_PATH
    assert not path.exists()


@pytest.mark.parametrize("connector", ["peatio", "peatio_mine"])
async def test_a_bot_trades_with_keys_from_files_and_no_key_store(tmp_path: Path, connector: str) -> None:
    directory = create_instance(tmp_path / "my-bot", InstancePurpose.ORDINARY).directory
    data, required, _ = describe_strategy("v1-strategy", "pure_market_making")
    settings = {"exchange": connector, "market": "BTC-USD", "bid_spread": "5", "ask_spread": "5"}
    settings |= {"order_amount": "0.001", "order_refresh_time": "60"}
    assert fill_template(data, required, "v1-strategy", settings) == []
    (directory / "conf" / "strategies" / "conf_btc.yml").write_text(yaml.safe_dump(data))
    async with Sandbox(SandboxConfig(seed=5, traders=True)) as sandbox:
        account = sandbox.members["bot"]
        environment = {name: value for name, value in os.environ.items() if name not in CLEARED}
        if connector == "peatio":
            environment["PEATIO_EXCHANGE_DOMAIN"] = sandbox.url
        else:
            (directory / "conf" / "peatio.yml").write_text(f"exchanges: {{mine: {{domain: '{sandbox.url}'}}}}")
        for name, text in zip(key_variables(connector), (account.api_key, account.secret), strict=True):
            path = tmp_path / name.lower()
            path.write_text(f"{text}\n")
            path.chmod(0o400)
            environment[f"{name}_FILE"] = path.name
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "peatio_cli", "run", "my-bot", "--start", "conf_btc.yml", "--keys-from-environment",
            "--broker", "127.0.0.1:1", cwd=tmp_path, env=environment, stdout=PIPE, stderr=STDOUT,
        )  # fmt: skip
        try:
            await eventually(
                lambda: process.returncode is not None or sandbox.orders("bot"), "the bot quotes", timeout_s=60
            )
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            output, _ = await asyncio.wait_for(process.communicate(), 60)
        finally:
            if process.returncode is None:
                process.kill()
        assert process.returncode == 0, output.decode()
        assert {order.state for order in sandbox.orders("bot")} <= {"cancel", "done"}
    conf = directory / "conf"
    assert list((conf / "connectors").iterdir()) == []
    assert not (conf / ".password_verification").exists()
    written = b"".join(path.read_bytes() for path in (directory / "logs").iterdir()) + output
    assert account.secret.encode() not in written
