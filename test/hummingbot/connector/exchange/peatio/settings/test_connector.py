"""conf/peatio.yml."""

from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.resizes.schedule import CycleSchedule
from hummingbot.connector.exchange.peatio.settings.connector import FILE_NAME, ConnectorSettings, load_settings


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == ConnectorSettings()
    assert (ConnectorSettings().leftovers, ConnectorSettings().refuse_self_trades) == ("cancel", True)
    assert not ConnectorSettings().exclusive_account


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("# all by default\n")
    assert load_settings(tmp_path) == ConnectorSettings()


def test_cancel_on_close_is_for_exclusive_accounts(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("exclusive_account: true\ncancel_on_close: true")
    assert load_settings(tmp_path).cancel_on_close


def test_settings_are_read(tmp_path: Path) -> None:
    flags = ("refuse_self_trades: false", "exclusive_account: true", "pull_quotes: true")
    (tmp_path / FILE_NAME).write_text("\n".join(["leftovers: adopt", *flags, "rates: peatio"]))
    assert load_settings(tmp_path) == ConnectorSettings(
        leftovers="adopt", refuse_self_trades=False, exclusive_account=True, pull_quotes=True, rates="peatio"
    )


def test_pegged_markets_and_the_pause_around_their_cycles_are_read(tmp_path: Path) -> None:
    text = "pegged: [bay-usd, BAYR-USD]\npause_around_cycle: {known_cycle: 2026-11-30T13:00:00+01:00, every_s: 12600}\n"
    (tmp_path / FILE_NAME).write_text(text)
    settings = load_settings(tmp_path)
    assert settings.pegged == ("BAY-USD", "BAYR-USD")
    assert settings.pause_around_cycle is not None
    assert settings.pause_around_cycle.schedule == CycleSchedule(1796040000.0, 12600, 30, 60)


def test_metrics_are_switched_on_by_their_port(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("metrics_port: 9464\nmetrics_host: 0.0.0.0")
    assert load_settings(tmp_path) == ConnectorSettings(metrics_port=9464, metrics_host="0.0.0.0")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pegged: BAY", "pegged is a list of markets like BAY-USD, not 'BAY'"),
        ("pegged: [[BAY-USD]]", "pegged is a list of markets like BAY-USD"),
        ("pegged: [BAY-USD]\npause_around_cycle: true", "line 2: pause_around_cycle is a section with known_cycle"),
        ("pegged: [BAY-USD]\npause_around_cycle: {every_s: 60}", "known_cycle is missing: when a cycle begins"),
        (
            "pegged: [BAY-USD]\npause_around_cycle: {known_cycle: noon}",
            "line 2: pause_around_cycle: known_cycle is a time with its zone, like 2026-11-30T12:00:00Z, not 'noon'",
        ),
        (
            "pegged: [BAY-USD]\npause_around_cycle: {known_cycle: 2026-11-30T12:00:00}",
            "known_cycle is a time with its zone",
        ),
        (
            "pegged: [BAY-USD]\npause_around_cycle: {known_cycle: 2026-11-30T12:00:00Z, every_s: 90}",
            "before_s and after_s together must be below every_s",
        ),
        (
            "pause_around_cycle: {known_cycle: 2026-11-30T12:00:00Z}",
            "pause_around_cycle needs the markets under pegged",
        ),
        ("leftovers: keep", r"peatio\.yml, line 1: leftovers is one of cancel, adopt, not 'keep'"),
        ("pull_quotes: 1", "pull_quotes is true or false, not 1"),
        ("rates: true", "rates is hummingbot or the name of a connector, not True"),
        ("exclusive_account: maybe", "exclusive_account is true or false, not 'maybe'"),
        ("exclusive_account: true\ncancel_on_close: 1", "cancel_on_close is true or false, not 1"),
        ("cancel_on_close: true", "cancel_on_close needs exclusive_account: true"),
        ("left_overs: cancel", r"there is no setting left_overs \(did you mean leftovers\?\)\..* exchanges\.$"),
        ("- a\n- b", "lines of the form"),
        ("metrics_port: 99999", "metrics_port is a port, 1 to 65535, or 0 for none, not 99999"),
        ("metrics_port: true", "metrics_port is a port"),
        ("metrics_port: '9464'", "metrics_port is a port"),
        ("metrics_host: 7", "metrics_host is an address"),
        ("a: [", "line 1: not YAML"),
        ("pull_quotes: true\nleftover: adopt", r"line 2: there is no setting leftover \(did you mean leftovers\?\)\."),
        ("\nExclusive-Account: true", r"line 2: .* \(did you mean exclusive_account\?\)"),
        ("# all\npull_quotes: 1", "line 2: pull_quotes is true or false"),
        ("pull_quotes: true\n  leftovers: adopt", "line 2: not YAML"),
        ("pull_quotes: true\n\trates: peatio", "line 2: not YAML"),
        ("rates: 2026-13-45", r"cannot be read: not YAML \(ValueError\)"),
        ("a: " + "[" * 5000, r"cannot be read: not YAML \(RecursionError\)"),
    ],
)
def test_a_mistake_is_named_with_what_may_stand_there(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(ConfigError, match=message) as refusal:
        load_settings(tmp_path)
    assert str(tmp_path / FILE_NAME) in str(refusal.value)


def test_the_message_does_not_quote_the_file(tmp_path: Path) -> None:
    """A line of it may hold the password of a proxy."""
    (tmp_path / FILE_NAME).write_text("exchanges:\n  a: {domain: a.example, proxy: http://user:pa55word@b: c: d}")
    with pytest.raises(ConfigError, match="line 2: not YAML") as refusal:
        load_settings(tmp_path)
    assert "pa55word" not in str(refusal.value)


def test_a_file_that_is_no_text_is_named_with_the_line(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"pull_quotes: true\nrates: \xff\xfe")
    with pytest.raises(ConfigError, match=r"peatio\.yml, line 2: the file is not a text in UTF-8"):
        load_settings(tmp_path)


def test_a_link_to_nowhere_is_not_taken_for_no_file(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).symlink_to(tmp_path / "unmounted" / FILE_NAME)
    with pytest.raises(ConfigError, match="a link to a file that does not exist"):
        load_settings(tmp_path)


def test_a_folder_in_its_place_is_not_taken_for_no_file(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_settings(tmp_path)


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"\xef\xbb\xbfpull_quotes: true\r\n")
    assert load_settings(tmp_path).pull_quotes
