"""What a bot of a fleet takes from its environment."""

from decimal import Decimal
from pathlib import Path

import pytest

from peatio_cli.fleet.settings import FleetError, broker_environment, settings_from

PASSWORD = {"CONFIG_PASSWORD": "correct horse"}


def test_without_anything_but_a_password_the_instance_decides() -> None:
    settings = settings_from(PASSWORD)
    assert settings.password == "correct horse"
    assert (settings.config_file, settings.name, settings.broker_host, settings.share_pct) == (None,) * 4


def test_everything() -> None:
    settings = settings_from(
        {
            **PASSWORD,
            "CONFIG_FILE_NAME": "conf_btc.yml",
            "BOT_NAME": "btc",
            "MQTT_HOST": "broker",
            "MQTT_PORT": "1884",
            "MQTT_USERNAME": "btc",
            "MQTT_PASSWORD": "battery",
            "RATE_LIMITS_SHARE_PCT": "33.3",
        }
    )
    assert settings.config_file == "conf_btc.yml"
    assert (settings.name, settings.broker_user, settings.broker_password) == ("btc", "btc", "battery")
    assert (settings.broker_host, settings.broker_port) == ("broker", 1884)
    assert settings.share_pct == Decimal("33.3")


def test_a_bot_may_have_no_broker() -> None:
    settings = settings_from({**PASSWORD, "MQTT_HOST": "none"})
    assert (settings.has_broker, settings.broker_host) == (False, None)
    assert settings_from(PASSWORD).has_broker


def test_a_script_s_configuration_as_hummingbot_s_api_names_it() -> None:
    assert settings_from({**PASSWORD, "SCRIPT_CONFIG": "conf_v2.yml"}).config_file == "conf_v2.yml"


def test_secrets_from_files(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse\n")
    (tmp_path / "mqtt").write_text("battery")
    settings = settings_from(
        {"CONFIG_PASSWORD_FILE": str(tmp_path / "password"), "MQTT_PASSWORD_FILE": str(tmp_path / "mqtt")}
    )
    assert (settings.password, settings.broker_password) == ("correct horse", "battery")


def test_secrets_are_not_shown() -> None:
    assert "horse" not in repr(settings_from({**PASSWORD, "MQTT_PASSWORD": "battery horse"}))


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "no password for the key store; remedy: set CONFIG_PASSWORD"),
        ({"CONFIG_PASSWORD_FILE": "/nowhere"}, "CONFIG_PASSWORD_FILE names cannot be read .No such"),
        ({**PASSWORD, "BOT_NAME": "a/b"}, "BOT_NAME is a part of MQTT topics"),
        ({**PASSWORD, "MQTT_PORT": "mqtt"}, "MQTT_PORT must be a number"),
        ({**PASSWORD, "MQTT_PORT": "70000"}, "MQTT_PORT must be a number"),
        ({**PASSWORD, "RATE_LIMITS_SHARE_PCT": "0"}, "RATE_LIMITS_SHARE_PCT must be a percentage"),
        ({**PASSWORD, "RATE_LIMITS_SHARE_PCT": "101"}, "RATE_LIMITS_SHARE_PCT must be a percentage"),
        ({**PASSWORD, "RATE_LIMITS_SHARE_PCT": "NaN"}, "RATE_LIMITS_SHARE_PCT must be a percentage"),
        ({**PASSWORD, "RATE_LIMITS_SHARE_PCT": "half"}, "RATE_LIMITS_SHARE_PCT must be a percentage"),
    ],
)
def test_what_cannot_be_used_is_said_before_hummingbot_is_loaded(environment: dict[str, str], says: str) -> None:
    with pytest.raises(FleetError, match=says):
        settings_from(environment)


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("broker", "broker", "1883"),
        ("10.0.0.1:1884", "10.0.0.1", "1884"),
        ("[::1]:1884", "::1", "1884"),
        ("[fe80::1]", "fe80::1", "1883"),
    ],
)
def test_a_broker_s_address(address: str, host: str, port: str) -> None:
    assert broker_environment(address) == {"MQTT_HOST": host, "MQTT_PORT": port}
