"""API keys from the environment: names, files, and what is refused."""

from pathlib import Path

import pytest

from peatio_cli.fleet.settings import absolute_secret_files
from peatio_cli.install.environment_keys import KeysError, environment_keys, key_variables, keys_for
from peatio_cli.install.secret_files import SecretError, secret_from

NAMES = ("peatio", "peatio_mycoin")


def secret_file(path: Path, text: str, mode: int = 0o400) -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_each_exchange_has_names_of_its_own() -> None:
    assert key_variables("peatio") == ("PEATIO_API_KEY", "PEATIO_SECRET")
    assert key_variables("peatio_mycoin") == ("PEATIO_MYCOIN_API_KEY", "PEATIO_MYCOIN_SECRET")


def test_a_key_is_not_used_for_another_exchange() -> None:
    environment = {"PEATIO_API_KEY": "k", "PEATIO_SECRET": "s"}
    assert environment_keys(environment, "peatio_mycoin") is None
    assert set(keys_for(environment, NAMES)) == {"peatio"}


def test_keys_come_from_variables_and_files_without_what_stands_around_them(tmp_path: Path) -> None:
    keys = environment_keys(
        {
            "PEATIO_MYCOIN_API_KEY": " key ",
            "PEATIO_MYCOIN_SECRET_FILE": secret_file(tmp_path / "secret", "\ufeffsecret\r\n"),
        },
        "peatio_mycoin",
    )
    assert keys is not None
    assert (keys.api_key, keys.secret) == ("key", "secret")
    assert keys.source == "PEATIO_MYCOIN_API_KEY and PEATIO_MYCOIN_SECRET_FILE"
    assert "secret'" not in repr(keys)


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600, 0o640])
def test_a_file_that_its_owner_and_group_read_is_taken(tmp_path: Path, mode: int) -> None:
    """A volume with an fsGroup in Kubernetes can be read by the group."""
    file = secret_file(tmp_path / "key", "k", mode)
    assert environment_keys({"PEATIO_API_KEY_FILE": file, "PEATIO_SECRET": "s"}, "peatio") is not None


@pytest.mark.parametrize("mode", [0o444, 0o644, 0o604, 0o602])
def test_a_file_that_others_can_read_is_refused_and_not_shown(tmp_path: Path, mode: int) -> None:
    file = secret_file(tmp_path / "key", "hush", mode)
    with pytest.raises(KeysError, match=r"other users can read .*/key; remedy: chmod o=") as refusal:
        environment_keys({"PEATIO_API_KEY_FILE": file, "PEATIO_SECRET": "s"}, "peatio")
    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize("secret", ["hush", "/hush", "hush" * 100])
def test_a_secret_in_the_variable_of_its_file_is_not_shown(secret: str) -> None:
    for environment in (
        {"PEATIO_API_KEY": "k", "PEATIO_SECRET_FILE": secret},
        {"PEATIO_API_KEY": "k", **absolute_secret_files({"PEATIO_SECRET_FILE": secret})},
    ):
        with pytest.raises(KeysError, match="path of a file into PEATIO_SECRET_FILE, not the secret") as refusal:
            environment_keys(environment, "peatio")
        assert "hush" not in str(refusal.value)
    with pytest.raises(SecretError, match="path of a file into HBOT_PASSWORD_FILE, not the secret") as failure:
        secret_from({"HBOT_PASSWORD_FILE": secret}, "HBOT_PASSWORD")
    assert "hush" not in str(failure.value)


def test_the_mode_is_that_of_the_file_behind_a_link(tmp_path: Path) -> None:
    """Kubernetes mounts each key as a link."""
    secret_file(tmp_path / "data", "k", 0o644)
    (tmp_path / "key").symlink_to(tmp_path / "data")
    with pytest.raises(KeysError, match="other users can read"):
        environment_keys({"PEATIO_API_KEY_FILE": str(tmp_path / "key"), "PEATIO_SECRET": "s"}, "peatio")


def test_each_mistake_is_named_with_its_remedy(tmp_path: Path) -> None:
    empty, binary = secret_file(tmp_path / "empty", "\n"), tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    binary.chmod(0o400)
    for environment, message in (
        ({"PEATIO_API_KEY": "k"}, "PEATIO_SECRET is not set; remedy: Set both PEATIO_API_KEY and PEATIO_SECRET"),
        ({"PEATIO_SECRET": "s"}, "PEATIO_API_KEY is not set"),
        ({"PEATIO_API_KEY": "k", "PEATIO_API_KEY_FILE": empty, "PEATIO_SECRET": "s"}, "both set; remedy: Unset one"),
        ({"PEATIO_API_KEY_FILE": empty, "PEATIO_SECRET": "s"}, "empty is empty"),
        ({"PEATIO_API_KEY_FILE": str(binary), "PEATIO_SECRET": "s"}, "binary is not a text"),
        ({"PEATIO_API_KEY_FILE": str(tmp_path / "no"), "PEATIO_SECRET": "s"}, "cannot be read .No such file"),
        ({"PEATIO_API_KEY": "k k", "PEATIO_SECRET": "s"}, "PEATIO_API_KEY or PEATIO_SECRET has a blank"),
    ):
        with pytest.raises(KeysError, match=message):
            environment_keys(environment, "peatio")


def test_where_keys_are_wanted_there_must_be_some() -> None:
    with pytest.raises(KeysError, match="no keys in the environment; remedy: Set PEATIO_API_KEY and PEATIO_SECRET"):
        keys_for({"PEATIO_API_KEY": ""}, NAMES)


def test_a_variable_of_no_exchange_is_a_typo() -> None:
    environment = {"PEATIO_API_KEY": "k", "PEATIO_SECRET": "s", "PEATIO_MYCION_API_KEY": "k"}
    with pytest.raises(KeysError, match=r"PEATIO_MYCION_API_KEY is the key of no exchange .* PEATIO_MYCOIN_API_KEY\?"):
        keys_for(environment, NAMES)
