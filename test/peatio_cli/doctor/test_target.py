"""Where the doctor takes address and login from."""

from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.config import exchange_domain, parse_domain

from peatio_cli.doctor.target import Credentials, NoCredentials, Target, TargetError, find_target
from test.peatio_cli.doctor_support import PASSWORD, store


def test_the_environment_goes_before_the_instance(tmp_path: Path) -> None:
    (tmp_path / "conf" / "connectors").mkdir(parents=True)
    (tmp_path / "conf" / "connectors" / "peatio.yml").write_text("peatio_exchange_domain: https://stored.example\n")
    variables = {"PEATIO_URL": "https://set.example", "PEATIO_API_KEY": "k", "PEATIO_SECRET": "s"}
    assert find_target("peatio", None, tmp_path, variables) == Target(
        "peatio",
        parse_domain("https://set.example"),
        Credentials("k", "s", "PEATIO_API_KEY and PEATIO_SECRET"),
        configuration=tmp_path / "conf",
    )
    asked = find_target("peatio", "https://asked.example", tmp_path, variables)
    assert asked.address.site == "https://asked.example"
    assert find_target("peatio", None, tmp_path, {}).address.site == "https://stored.example"


def test_without_anything_it_is_the_default_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    target = find_target("peatio", None, None, {})
    assert target.address == parse_domain(exchange_domain)
    assert isinstance(target.login, NoCredentials)
    assert "./hbot connect" in target.login.remedy


@pytest.mark.parametrize(
    ("given", "missing"), [("PEATIO_API_KEY", "PEATIO_SECRET"), ("PEATIO_SECRET", "PEATIO_API_KEY")]
)
def test_half_a_key_is_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, missing: str) -> None:
    monkeypatch.chdir(tmp_path)
    target = find_target("peatio", None, None, {given: "something"})
    assert target.login == NoCredentials(
        f"{missing} is not set", "Set both PEATIO_API_KEY and PEATIO_SECRET."
    )


@pytest.mark.parametrize("content", ["a: [", "a: b: c", "\x00"])
def test_a_file_that_cannot_be_read_is_named_but_not_quoted(tmp_path: Path, content: str) -> None:
    (tmp_path / "conf" / "connectors").mkdir(parents=True)
    (tmp_path / "conf" / "connectors" / "peatio.yml").write_text(f"hush: hush\n{content}")
    with pytest.raises(TargetError) as caught:
        find_target("peatio", None, tmp_path, {})
    assert "peatio.yml cannot be read" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_keys_that_are_no_keys(tmp_path: Path) -> None:
    (tmp_path / "conf" / "connectors").mkdir(parents=True)
    (tmp_path / "conf" / "connectors" / "peatio.yml").write_text("peatio_api_key: zz\n")
    target = find_target("peatio", None, tmp_path, {}, ask_password=lambda: PASSWORD)
    assert isinstance(target.login, NoCredentials)
    assert "cannot be decrypted" in target.login.reason


def test_the_password_is_asked_for_only_when_needed(tmp_path: Path) -> None:
    def ask() -> str:
        raise AssertionError("asked")

    variables = {"PEATIO_URL": "https://set.example", "PEATIO_API_KEY": "k", "PEATIO_SECRET": "s"}
    find_target("peatio", None, None, variables, ask)


def test_credentials_do_not_show_themselves() -> None:
    assert "hush" not in repr(Credentials("hush", "hush", "a test"))


def test_the_password_opens_the_keys_and_no_other_does(tmp_path: Path) -> None:
    store(tmp_path, "https://mine.example", "my-key", "my-secret")
    path = tmp_path / "conf" / "connectors" / "peatio.yml"
    opened = find_target("peatio", None, tmp_path, {"HBOT_PASSWORD": PASSWORD}).login
    asked = find_target("peatio", None, tmp_path, {}, ask_password=lambda: PASSWORD).login
    wrong = find_target("peatio", None, tmp_path, {"HBOT_PASSWORD": "another password"}).login
    nothing = find_target("peatio", None, tmp_path, {}, ask_password=lambda: "").login

    assert opened == asked == Credentials("my-key", "my-secret", str(path))
    assert isinstance(wrong, NoCredentials)
    assert wrong.reason == f"the password does not open {path}"
    assert "another password" not in str(wrong)
    assert isinstance(nothing, NoCredentials)
    assert nothing.reason == f"{path} is locked"


@pytest.mark.parametrize("around", ["{} ", "\n{}\n"])
def test_what_an_earlier_version_stored_around_a_key_is_cut_off(tmp_path: Path, around: str) -> None:
    store(tmp_path, "https://mine.example", around.format("my-key"), around.format("my-secret"))
    login = find_target("peatio", None, tmp_path, {"HBOT_PASSWORD": PASSWORD}).login
    assert isinstance(login, Credentials)
    assert (login.api_key, login.secret) == ("my-key", "my-secret")


def test_a_stored_key_with_a_break_inside_is_named(tmp_path: Path) -> None:
    store(tmp_path, "https://mine.example", "my\nkey", "my-secret")
    login = find_target("peatio", None, tmp_path, {"HBOT_PASSWORD": PASSWORD}).login
    assert isinstance(login, NoCredentials)
    assert login.reason.startswith("The API key has a blank or a line break inside")
    assert login.remedy == "Connect again: ./hbot connect peatio --replace"


def test_a_key_of_the_environment_that_is_not_the_stored_one_is_an_error(tmp_path: Path) -> None:
    """The doctor would check one key and the bot use the other."""
    store(tmp_path, "https://mine.example", "my-key", "my-secret")
    given = {"PEATIO_API_KEY": "my-key", "PEATIO_SECRET": "other-secret"}
    login = find_target("peatio", None, tmp_path, {**given, "HBOT_PASSWORD": PASSWORD}).login
    assert isinstance(login, NoCredentials)
    stored = tmp_path / "conf" / "connectors" / "peatio.yml"
    assert login.reason == (
        f"the key of PEATIO_API_KEY and PEATIO_SECRET is another than the one stored in {stored}"
    )
    locked = find_target("peatio", None, tmp_path, given).login
    assert isinstance(locked, Credentials), "it cannot be compared"
    same = {**given, "PEATIO_SECRET": "my-secret", "HBOT_PASSWORD": PASSWORD}
    assert isinstance(find_target("peatio", None, tmp_path, same).login, Credentials)
    elsewhere = find_target("peatio", "https://other.example", tmp_path, {**given, "HBOT_PASSWORD": PASSWORD})
    assert isinstance(elsewhere.login, Credentials), "stored for another exchange"


def test_a_secret_file_that_others_can_read_is_no_login(tmp_path: Path) -> None:
    (tmp_path / "conf" / "connectors").mkdir(parents=True)
    (tmp_path / "key").write_text("hush")
    (tmp_path / "key").chmod(0o644)
    environment = {"PEATIO_API_KEY_FILE": str(tmp_path / "key"), "PEATIO_SECRET": "s"}
    login = find_target("peatio", None, tmp_path, environment).login
    assert isinstance(login, NoCredentials)
    assert login.reason == f"other users can read {tmp_path / 'key'}"
    assert login.remedy.startswith(f"chmod o= {tmp_path / 'key'}")


# Named exchanges.


def test_a_named_exchange_has_variables_of_its_own(tmp_path: Path) -> None:
    named(tmp_path, "exchanges:\n  far:\n    domain: https://far.io\n")
    plain = {"PEATIO_API_KEY": "plain-key", "PEATIO_SECRET": "plain-secret"}
    login = find_target("far", None, tmp_path, plain).login
    assert isinstance(login, NoCredentials), "the key of another exchange is not sent to this one"
    assert "set PEATIO_FAR_API_KEY and PEATIO_FAR_SECRET" in login.remedy
    own = {"PEATIO_FAR_API_KEY": "far-key", "PEATIO_FAR_SECRET": "far-secret"}
    source = "PEATIO_FAR_API_KEY and PEATIO_FAR_SECRET"
    assert find_target("far", None, tmp_path, {**plain, **own}).login == Credentials("far-key", "far-secret", source)


def named(folder: Path, text: str) -> Path:
    """An instance whose `conf/peatio.yml` names exchanges."""
    (folder / "conf" / "connectors").mkdir(parents=True)
    (folder / "conf" / "peatio.yml").write_text(text)
    return folder


def test_the_addresses_of_a_named_exchange_are_its_own(tmp_path: Path) -> None:
    named(
        tmp_path,
        "exchanges:\n  far:\n    domain: https://far.io\n    rest_prefix: /api/v2/trade\n    dialect: ranger-0.4\n",
    )
    target = find_target("far", None, tmp_path, {"PEATIO_URL": "https://other.example"})
    assert find_target("peatio_far", None, tmp_path, {}).address == target.address
    assert target.address.rest == "https://far.io/api/v2/trade"
    assert (target.name, target.venue.name) == ("peatio_far", "peatio_far")
    with pytest.raises(TargetError, match="omit --url"):
        find_target("far", "https://other.example", tmp_path, {})


def test_an_unknown_name_says_which_there_are_and_what_was_left_out(tmp_path: Path) -> None:
    named(tmp_path, "exchanges:\n  good:\n    domain: https://good.example\n  bad:\n    domain: ftp://bad.example\n")
    with pytest.raises(TargetError) as caught:
        find_target("bad", None, tmp_path, {})
    assert "only: peatio, peatio_good; " in str(caught.value)
    assert "line 4: exchange bad is left out" in str(caught.value)


def test_certificates_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    named(tmp_path, "exchanges:\n  own:\n    domain: https://own.example\n    ca_file: nowhere.pem\n")
    with pytest.raises(TargetError, match=r"peatio_own: ca_file .*nowhere\.pem"):
        find_target("own", None, tmp_path, {})


def test_a_signing_key_that_is_open_to_others_is_no_login(tmp_path: Path) -> None:
    named(tmp_path, SIGNED.format(url="https://signed.example"))
    (tmp_path / "conf" / "key.pem").write_text("")
    (tmp_path / "conf" / "key.pem").chmod(0o644)
    login = find_target("signed", None, tmp_path, {}).login
    assert isinstance(login, NoCredentials)
    assert "chmod 600" in login.reason


SIGNED = """
exchanges:
  signed:
    domain: {url}
    login: jwt
    jwt:
      key_file: key.pem
      uid: IDBOT0000001
      email: bot@example.com
"""
