"""`hummingbot-peatio guard`: whom it guards, with which keys, and what it refuses."""

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from peatio_cli.doctor.target import Credentials, TargetError
from peatio_cli.guard import start as guard_start
from peatio_cli.guard.command import LOCK_NAME, GuardError, find_targets, run
from peatio_cli.guard.lock_file import noted_after_s
from peatio_cli.install import environment_keys
from peatio_cli.install.instance import InstanceError
from peatio_cli.typer_app import app

PASSWORD = "the password of a test"
OPEN = {"HBOT_PASSWORD": PASSWORD}
NAMED = "exchanges:\n  east:\n    domain: https://east.example\n  west:\n    domain: https://west.example\n"


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hummingbot's encryption takes a second a key, and is the doctor's to test."""

    class Manager:
        def __init__(self, password: str) -> None:
            self._password = password

        def decrypt_secret_value(self, name: str, value: str) -> str:
            if self._password != PASSWORD:
                raise ValueError("MAC mismatch")
            return value

    monkeypatch.setattr("hummingbot.client.config.config_crypt.ETHKeyFileSecretManger", Manager)


def store(folder: Path, url: str, key: str, name: str = "peatio") -> None:
    """What `hbot connect` leaves, as `quick_keys` reads it."""
    (folder / "conf" / "connectors").mkdir(parents=True, exist_ok=True)
    rows = {f"{name}_api_key": key, f"{name}_secret_key": "secret", f"{name}_exchange_domain": url}
    text = "".join(f"{row}: {value}\n" for row, value in rows.items())
    (folder / "conf" / "connectors" / f"{name}.yml").write_text(text)


def named(folder: Path) -> Path:
    (folder / "conf").mkdir(exist_ok=True)
    (folder / "conf" / "peatio.yml").write_text(NAMED)
    return folder


@pytest.mark.parametrize("variable", ["HBOT_PASSWORD_FILE", "CONFIG_PASSWORD_FILE"])
def test_the_password_may_be_in_a_file(tmp_path: Path, variable: str) -> None:
    """As a container gets it."""
    store(tmp_path, "https://plain.example", "my-key")
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    (target,) = find_targets(tmp_path, {variable: str(tmp_path / "password")}, None)
    assert isinstance(target.login, Credentials)
    with pytest.raises(TargetError, match=rf"{variable} names cannot be read \(No such file .*\); remedy: write"):
        find_targets(tmp_path, {variable: str(tmp_path / "nowhere")}, None)


def test_every_exchange_to_which_the_instance_is_connected_is_guarded(tmp_path: Path) -> None:
    store(named(tmp_path), "https://plain.example", "plain-key")
    store(tmp_path, "", "west-key", "peatio_west")
    targets = find_targets(tmp_path, OPEN, None)
    assert [(target.name, target.address.site) for target in targets] == [
        ("peatio", "https://plain.example"),
        ("peatio_west", "https://west.example"),
    ]
    logins = [target.login for target in targets]
    assert [login.api_key for login in logins if isinstance(login, Credentials)] == ["plain-key", "west-key"]


def test_a_key_of_the_environment_is_not_the_bots(tmp_path: Path) -> None:
    store(tmp_path, "https://plain.example", "my-key")
    variables = {"PEATIO_API_KEY": "another", "PEATIO_SECRET": "another", "PEATIO_URL": "https://other.example"}
    (target,) = find_targets(tmp_path, {**OPEN, **variables}, None)
    assert target.address.site == "https://plain.example"
    assert isinstance(target.login, Credentials)
    assert target.login.api_key == "my-key"


def test_where_the_bot_has_its_keys_from_the_environment_so_has_the_guard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment_keys, "is_preset", True)
    named(tmp_path)
    (tmp_path / "conf" / "connectors").mkdir(parents=True, exist_ok=True)
    variables = {"PEATIO_API_KEY": "plain-key", "PEATIO_SECRET": "s"}
    variables |= {"PEATIO_WEST_API_KEY": "west-key", "PEATIO_WEST_SECRET": "s"}
    targets = find_targets(tmp_path, variables, None, uses_environment_keys=True)
    logins = [target.login for target in targets]
    assert [login.api_key for login in logins if isinstance(login, Credentials)] == ["plain-key", "west-key"]
    with pytest.raises(GuardError, match="no keys in the environment; remedy: Set PEATIO_API_KEY and PEATIO_SECRET"):
        find_targets(tmp_path, {}, None, uses_environment_keys=True)


def test_a_key_without_an_exchange_is_not_for_the_default_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot refuses it too; a guard at the default address would look on while orders stay open elsewhere."""
    (tmp_path / "conf" / "connectors").mkdir(parents=True)
    monkeypatch.setattr(environment_keys, "is_preset", False)
    variables = {"PEATIO_API_KEY": "plain-key", "PEATIO_SECRET": "s"}
    with pytest.raises(GuardError, match="Set PEATIO_EXCHANGE_DOMAIN to its address"):
        find_targets(tmp_path, variables, None, uses_environment_keys=True)


def test_a_key_of_the_environment_must_be_the_stored_one(tmp_path: Path) -> None:
    store(tmp_path, "https://plain.example", "my-key")
    variables = {"PEATIO_API_KEY": "another-key", "PEATIO_SECRET": "another-secret"}
    with pytest.raises(GuardError, match=r"another than the one stored in .*peatio\.yml") as refusal:
        find_targets(tmp_path, {**OPEN, **variables}, None, uses_environment_keys=True)
    assert "another-key" not in str(refusal.value)
    with pytest.raises(GuardError, match="is locked"):
        find_targets(tmp_path, variables, None, uses_environment_keys=True)


def test_the_password_is_asked_for_once(tmp_path: Path) -> None:
    store(named(tmp_path), "https://plain.example", "key")
    store(tmp_path, "", "key", "peatio_west")
    asked: list[str] = []

    def ask() -> str:
        asked.append(PASSWORD)
        return PASSWORD

    assert len(find_targets(tmp_path, {}, ask)) == 2
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("variables", "ask", "message"),
    [
        ({}, None, "is locked. Set HBOT_PASSWORD"),
        ({"HBOT_PASSWORD": "wrong"}, None, "the password does not open"),
        ({}, lambda: "", "is locked"),
    ],
)
def test_without_the_key_there_is_no_guard(
    tmp_path: Path, variables: dict[str, str], ask: Callable[[], str] | None, message: str
) -> None:
    store(tmp_path, "https://plain.example", "key")
    with pytest.raises(GuardError, match=message):
        find_targets(tmp_path, variables, ask)


def test_what_is_no_connected_instance_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GuardError, match="not connected to a Peatio exchange"):
        find_targets(tmp_path, OPEN, None)
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "peatio.yml").write_text(
        "exchanges:\n  signed:\n    domain: https://signed.example\n    login: jwt\n"
        "    jwt:\n      key_file: none.pem\n      uid: IDBOT\n      email: bot@example.com\n"
    )
    with pytest.raises(TargetError, match="no conf/connectors"):
        find_targets(tmp_path, OPEN, None)
    (tmp_path / "conf" / "connectors").mkdir()
    with pytest.raises(GuardError, match=r"peatio_signed: The signing key .*none\.pem cannot be read"):
        find_targets(tmp_path, OPEN, None)


def test_one_guard_watches_an_instance(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(tmp_path, "https://plain.example", "key")
    assert run(tmp_path, 30, OPEN) == 2
    assert "data cannot be written" in capsys.readouterr().err
    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / LOCK_NAME).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run(tmp_path, 30, OPEN) == 2
    errors = capsys.readouterr().err
    assert errors == f"guard: another guard already watches {tmp_path}; remedy: end that one, or let it watch\n"


def test_the_lock_file_says_after_how_long_a_bot_counts_as_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(tmp_path, "https://plain.example", "key")
    (tmp_path / "data").mkdir()
    lock = tmp_path / "data" / LOCK_NAME
    lock.write_text('{"after_s": 1234567.5}')  # of the last guard, and longer
    noted = []

    async def end_at_once(*_: object) -> int:
        noted.append(noted_after_s(lock))
        return 0

    monkeypatch.setattr("peatio_cli.guard.command._guard", end_at_once)
    assert run(tmp_path, 45, OPEN) == 0
    assert noted == [45]


@pytest.mark.parametrize("arguments", [["guard", "--after", "1"], ["guard", "--after", "soon"]])
def test_nonsense_is_refused(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_without_hummingbot_there_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing() -> None:
        raise InstanceError("Hummingbot is not installed")

    monkeypatch.setattr(guard_start, "hummingbot_package", missing)
    result = CliRunner().invoke(app, ["guard", str(tmp_path)])
    assert result.exit_code == 2
    assert result.stderr.startswith("guard: Hummingbot is not installed; where Hummingbot runs from source")
    assert result.stderr.count("\n") == 1
