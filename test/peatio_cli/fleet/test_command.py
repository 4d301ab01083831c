"""`hummingbot-peatio run` before it turns into the bot."""

import subprocess
from pathlib import Path

import pytest

from peatio_cli.fleet import command as run_command
from peatio_cli.fleet.settings import FleetSettings, settings_from
from peatio_cli.install.instance import Instance, InstancePurpose, create_instance, in_use
from test.peatio_cli.hbot import STAND_IN_FOR_A_BOT


def run(directory: Path) -> int:
    return run_command.run(directory, start=None, name="btc", broker="127.0.0.1:1884", share=50)


def test_no_instance(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path) == 1
    assert f"run: {tmp_path} is not an instance" in capsys.readouterr().err


def test_no_bot_beside_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFIG_PASSWORD", "correct horse")
    monkeypatch.setattr(run_command, "_become_the_bot", lambda *_: pytest.fail("Hummingbot was loaded"))
    instance = create_instance(tmp_path / "instance", InstancePurpose.ORDINARY)
    with in_use(instance):
        assert run(instance.directory) == 1
    assert "is in use by another demo, console or run" in capsys.readouterr().err
    (instance.directory / "data" / "bot").mkdir()
    with subprocess.Popen(STAND_IN_FOR_A_BOT) as bot:
        (instance.directory / "data" / "bot" / "bot.pid").write_text(str(bot.pid))
        assert run(instance.directory) == 1
        bot.kill()
    assert f"run: a bot runs in this instance already (process {bot.pid}); remedy: " in capsys.readouterr().err


@pytest.mark.parametrize("broker", ["user:battery@broker:1883", "mqtt://user:battery@broker", "broker:", "", "::1"])
def test_a_broker_that_is_no_address_is_refused_without_showing_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, broker: str
) -> None:
    monkeypatch.setenv("CONFIG_PASSWORD", "correct horse")
    monkeypatch.setattr(run_command, "_become_the_bot", lambda *_: pytest.fail("Hummingbot was loaded"))
    instance = create_instance(tmp_path / "instance", InstancePurpose.ORDINARY)
    assert run_command.run(instance.directory, None, None, broker, None) == 1
    error = capsys.readouterr().err
    assert "run: --broker must be HOST or HOST:PORT" in error
    assert "battery" not in error


def test_no_password(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONFIG_PASSWORD", raising=False)
    monkeypatch.delenv("HBOT_PASSWORD", raising=False)
    instance = create_instance(tmp_path / "instance", InstancePurpose.ORDINARY)
    assert run(instance.directory) == 1
    assert "run: no password for the key store" in capsys.readouterr().err


def test_the_options_go_to_the_bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFIG_PASSWORD", "correct horse")
    instance = create_instance(tmp_path / "instance", InstancePurpose.ORDINARY)
    started: list[dict[str, str]] = []

    def become(_instance: object, environment: dict[str, str], _options: list[str]) -> int:
        started.append(environment)
        return 0

    monkeypatch.setattr(run_command, "_become_the_bot", become)
    assert run(instance.directory) == 0
    (environment,) = started
    expected = {"BOT_NAME": "btc", "MQTT_HOST": "127.0.0.1", "MQTT_PORT": "1884", "RATE_LIMITS_SHARE_PCT": "50"}
    assert {name: environment[name] for name in expected} == expected
    assert environment["PYTHONPATH"].startswith(str(instance.directory))


def test_a_password_file_is_found_from_where_the_command_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot's working directory is the instance; the path is relative to the user's."""
    monkeypatch.delenv("CONFIG_PASSWORD", raising=False)
    monkeypatch.delenv("HBOT_PASSWORD", raising=False)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "keystore_password").write_text("correct horse")
    (tmp_path / "secrets" / "broker_password").write_text("battery staple")
    create_instance(tmp_path / "my-bot", InstancePurpose.ORDINARY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONFIG_PASSWORD_FILE", "secrets/keystore_password")
    monkeypatch.setenv("MQTT_PASSWORD_FILE", "secrets/broker_password")
    started: list[FleetSettings] = []

    def become(instance: Instance, environment: dict[str, str], _options: list[str]) -> int:
        monkeypatch.chdir(instance.directory)
        started.append(settings_from(environment))
        return 0

    monkeypatch.setattr(run_command, "_become_the_bot", become)
    assert run(Path("my-bot")) == 0
    assert [(settings.password, settings.broker_password) for settings in started] == [
        ("correct horse", "battery staple")
    ]


def test_keys_of_the_environment_need_no_password_and_are_used_only_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("CONFIG_PASSWORD", "HBOT_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PEATIO_API_KEY", "k")
    monkeypatch.setenv("PEATIO_SECRET_FILE", "secret")
    instance = create_instance(tmp_path / "instance", InstancePurpose.ORDINARY)
    started: list[tuple[str, list[str]]] = []

    def become(_instance: object, environment: dict[str, str], options: list[str]) -> int:
        started.append((environment["PEATIO_SECRET_FILE"], options))
        return 0

    monkeypatch.setattr(run_command, "_become_the_bot", become)
    assert run_command.run(instance.directory, None, None, None, None) == 1
    assert "no password for the key store" in capsys.readouterr().err
    assert run_command.run(instance.directory, None, None, None, None, uses_environment_keys=True) == 0
    assert started == [(str(tmp_path / "secret"), ["--keys-from-environment"])]
    (instance.directory / "conf" / ".password_verification").write_text("")
    assert run_command.run(instance.directory, None, None, None, None, uses_environment_keys=True) == 1
    assert "no password for the key store" in capsys.readouterr().err
