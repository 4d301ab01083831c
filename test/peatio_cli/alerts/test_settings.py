"""The settings, the addresses and the memory of alerts: what is read, and what is said of a mistake."""

from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.common.errors import ConfigError

from peatio_cli.alerts.addresses import AddressesError, find_addresses
from peatio_cli.alerts.alert import Alert, Kind
from peatio_cli.alerts.memory import MemoryFile, MemoryUnreadableError
from peatio_cli.alerts.settings import load_settings

PLANTED = "tgram://1234:planted-token/99"


def test_without_a_file_there_are_the_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert (settings.stopped, settings.guard, settings.book_untrusted_s, settings.fills) == (True, True, 60, False)
    assert settings.exposure_above is None
    assert settings.loss_above == {}


def test_each_controller_may_have_a_limit_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "peatio_alerts.yml").write_text("exposure_above: {mirror_1: 0.1, ETH-USD: 2}\n")
    settings = load_settings(tmp_path)
    assert settings.exposure_limit("mirror_1", "ETH-USD") == Decimal("0.1")
    assert settings.exposure_limit("another", "ETH-USD") == Decimal(2)
    assert settings.exposure_limit("another", "BTC-USD") is None


def test_amounts_are_exact(tmp_path: Path) -> None:
    (tmp_path / "peatio_alerts.yml").write_text("exposure_above: 0.1\nloss_above: {usd: 100, BTC: '0.003'}\n")
    settings = load_settings(tmp_path)
    assert settings.exposure_above == Decimal("0.1")
    assert settings.loss_above == {"USD": Decimal(100), "BTC": Decimal("0.003")}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("fills: maybe", r"fills is true or false, not 'maybe'"),
        ("filis: true", r"there is no setting filis \(did you mean fills\?\)"),
        ("book_untrusted_s: -1", "book_untrusted_s is a whole number of seconds, or 0, not -1"),
        ("exposure_above: true", "exposure_above is an amount of the base currency above 0"),
        ("exposure_above: {}", "exposure_above is an amount of the base currency above 0"),
        ("exposure_above: {mirror: 0}", "exposure_above is an amount of the base currency above 0"),
        ("exposure_above: nan", "exposure_above is an amount of the base currency above 0"),
        ("loss_above: 100", r"loss_above is a section with an amount above 0 for each quote currency"),
        ("loss_above: {USD: 0}", r"loss_above is a section with an amount above 0 for each quote currency"),
        ("- fills", "it must consist of lines of the form"),
        ("fills: [", r"line 1: not YAML"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "peatio_alerts.yml").write_text(text)
    with pytest.raises(ConfigError, match=problem) as error:
        load_settings(tmp_path)
    assert str(tmp_path / "peatio_alerts.yml") in str(error.value)


def test_addresses_are_of_the_environment_or_of_a_file_that_nobody_else_reads(tmp_path: Path) -> None:
    assert len(find_addresses(tmp_path, {})) == 0
    file = tmp_path / "peatio_alert_addresses"
    file.write_text(f"# mine\n{PLANTED}\n\n json://127.0.0.1:8/x   json://127.0.0.1:9/y\n")
    file.chmod(0o600)
    found = find_addresses(tmp_path, {})
    assert [found.secret(number) for number in range(len(found))] == [
        PLANTED,
        "json://127.0.0.1:8/x",
        "json://127.0.0.1:9/y",
    ]
    assert repr(found) == str(found) == f"<3 address(es) from {file}>"
    assert len(find_addresses(tmp_path, {"PEATIO_ALERTS": PLANTED})) == 1
    other = tmp_path / "other"
    other.write_text(PLANTED)
    other.chmod(0o440)  # as Kubernetes mounts a secret
    assert len(find_addresses(tmp_path, {"PEATIO_ALERTS_FILE": str(other)})) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "peatio_alert_addresses"
    file.write_text(PLANTED)
    file.chmod(mode)
    with pytest.raises(AddressesError) as error:
        find_addresses(tmp_path, {})
    assert str(error.value) == f"other users can read {file}; remedy: chmod 600 {file}"


@pytest.mark.parametrize("broken", ["is no text", "is a folder", "is the address itself"])
def test_what_cannot_be_read_is_refused_without_its_content(tmp_path: Path, broken: str) -> None:
    file = tmp_path / "addresses"
    if broken == "is no text":
        file.write_bytes(b"planted-token \xff")
        file.chmod(0o600)
    elif broken == "is a folder":
        file.mkdir()
    named = PLANTED if broken == "is the address itself" else str(file)
    with pytest.raises(AddressesError, match="cannot be read") as error:
        find_addresses(tmp_path, {"PEATIO_ALERTS_FILE": named})
    assert "planted" not in str(error.value)
    assert error.value.__cause__ is None


def test_the_memory_is_its_owners_and_written_when_it_changed(tmp_path: Path) -> None:
    file = MemoryFile(tmp_path)
    memory = file.load(2)
    memory.outbox.add([Alert(1.0, Kind.BEGAN, "Something.")])
    memory.open_keys.add("stopped")
    file.save(memory)
    assert file.path.stat().st_mode & 0o777 == 0o600
    before = file.path.stat().st_ino
    file.save(memory)
    assert file.path.stat().st_ino == before
    again = MemoryFile(tmp_path).load(2)
    assert again.to_text() == memory.to_text()
    assert [path.name for path in tmp_path.iterdir()] == [file.path.name]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"form": 2}', "null", '{"form": 1, "outbox": 7}'])
def test_a_memory_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    file = MemoryFile(tmp_path)
    file.path.write_text(text)
    with pytest.raises(MemoryUnreadableError, match="what was wrong before is reported again"):
        file.load(1)
