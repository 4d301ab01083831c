"""conf/peatio.yml as a running connector follows it."""

import logging
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.settings.connector import FILE_NAME, ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.live import Settings, SettingsFile
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

GOOD = "leftovers: cancel\npull_quotes: true\nexclusive_account: true\ncancel_on_close: true\nmetrics_port: 9464\n"
TYPO = GOOD + "refuse_selftrades: true\n"


@dataclass
class Followed:
    """A file, the settings that follow it, and what they reported."""

    path: Path
    now_s: float = 1000.0
    said: list[str] = field(default_factory=list)
    logger: logging.Logger = field(default_factory=lambda: logging.getLogger("followed"))

    def __post_init__(self) -> None:
        self.settings = SettingsFile(self.path.parent, self.said.append, self.logger, lambda: self.now_s)

    def tick(self, after_s: float = 1.0) -> None:
        self.now_s += after_s
        self.settings.tick()

    def pass_interval(self) -> None:
        """The file is read, and at the next tick again."""
        self.tick(CONSTANTS.SETTINGS_INTERVAL_S)
        self.tick()


def follow(folder: Path, text: str | None) -> Followed:
    path = folder / FILE_NAME
    if text is not None:
        path.write_text(text)
    return Followed(path)


def test_settings_that_were_given_do_not_change() -> None:
    settings = Settings(ConnectorSettings(pull_quotes=True))
    settings.tick()
    assert (settings.current.pull_quotes, settings.problem) == (True, "")


def test_a_file_that_stays_as_it_is_gives_no_news(tmp_path: Path) -> None:
    followed = follow(tmp_path, GOOD)
    followed.pass_interval()
    assert followed.settings.current == ConnectorSettings(
        pull_quotes=True, exclusive_account=True, cancel_on_close=True, metrics_port=9464
    )
    assert (followed.settings.problem, followed.said) == ("", [])


def test_an_unreadable_file_is_reported_at_the_first_tick_and_once(tmp_path: Path) -> None:
    followed = follow(tmp_path, TYPO)
    assert followed.said == []
    followed.tick()
    followed.pass_interval()
    (said,) = followed.said
    where = f"{tmp_path / FILE_NAME}, line 6: there is no setting refuse_selftrades (did you mean refuse_self_trades?)."
    assert said.startswith(f"No order is placed until the settings can be read: {where}")
    assert said.endswith("Cancels, fills and the guard go on. The file is read again every 10 s.")


def test_the_log_is_reminded_every_minute_while_it_lasts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    followed = follow(tmp_path, TYPO)
    for _ in range(3):
        followed.tick()
        followed.tick(CONSTANTS.FAILURE_REPORT_PERIOD_S)
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 4
    assert set(errors) == set(followed.said)
    followed.path.write_text(GOOD)
    followed.pass_interval()
    followed.tick(CONSTANTS.FAILURE_REPORT_PERIOD_S)
    assert len(caplog.records) == 4


def test_of_an_unreadable_file_nothing_destructive_is_taken(tmp_path: Path) -> None:
    current = follow(tmp_path, TYPO).settings.current
    assert not current.exclusive_account
    assert not current.cancel_on_close
    assert current.leftovers == "cancel", "it can be read by itself"
    assert current.pull_quotes, "so can this"
    assert current.metrics_port == 9464


@pytest.mark.parametrize(
    "text",
    [
        "leftover: cancel",  # is it meant to be `leftovers`?
        "leftovers: Cancel",
        "leftovers: cancel\n  pull_quotes: true",  # not YAML
        "- leftovers: cancel",
        "pull_quotes: 1",
    ],
)
def test_leftovers_are_kept_unless_the_file_says_otherwise(tmp_path: Path, text: str) -> None:
    settings = follow(tmp_path, text).settings
    assert settings.problem
    assert settings.current.leftovers == "adopt"


def test_a_file_that_breaks_while_it_is_followed_leaves_the_rest_as_last_read(tmp_path: Path) -> None:
    followed = follow(tmp_path, GOOD)
    followed.path.write_text("pull_quotes: [")
    followed.pass_interval()
    current = followed.settings.current
    assert "line 1: not YAML" in followed.settings.problem
    assert (current.pull_quotes, current.metrics_port) == (True, 9464)
    assert (current.leftovers, current.exclusive_account, current.cancel_on_close) == ("adopt", False, False)


def test_the_next_connector_of_the_process_knows_what_was_last_read(tmp_path: Path) -> None:
    follow(tmp_path, GOOD)
    assert follow(tmp_path, "pull_quotes: [").settings.current.pull_quotes


def test_a_mended_file_is_in_force_within_the_interval(tmp_path: Path) -> None:
    followed = follow(tmp_path, TYPO)
    followed.tick()
    followed.path.write_text(GOOD + "refuse_self_trades: false\n")
    followed.tick(CONSTANTS.SETTINGS_INTERVAL_S / 2)
    assert followed.settings.problem, "not read yet"
    followed.pass_interval()
    assert followed.settings.problem == ""
    assert followed.settings.current.exclusive_account
    assert followed.said[1:] == [
        f"{followed.path} can be read again: orders are placed.",
        f"{followed.path} was changed: refuse_self_trades is false.",
        f"{followed.path} was changed: exclusive_account is true.",
        f"{followed.path} was changed: cancel_on_close is true, from the next connection of the private websocket on.",
    ]


def test_a_file_that_is_being_written_is_not_read_by_halves(tmp_path: Path) -> None:
    followed = follow(tmp_path, GOOD)
    followed.path.write_text(GOOD[:30])
    followed.tick(CONSTANTS.SETTINGS_INTERVAL_S)
    followed.path.write_text(GOOD)
    followed.tick()
    assert (followed.settings.current.cancel_on_close, followed.said) == (True, [])


def test_a_change_is_named_and_says_whether_it_waits_for_a_start(tmp_path: Path) -> None:
    followed = follow(tmp_path, None)
    followed.path.write_text("pull_quotes: true\nleftovers: adopt\n")
    followed.pass_interval()
    assert followed.said == [
        f"{followed.path} was changed: leftovers is adopt, from the next start on.",
        f"{followed.path} was changed: pull_quotes is true.",
    ]


@hypothesis_settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=60), st.text(":-[]{}&*!|>?%@\t\n ab1é", max_size=60).map(str.encode)))
def test_whatever_is_in_the_file_nothing_is_raised_and_nothing_destructive_assumed(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    settings = Followed(tmp_path / FILE_NAME).settings
    assert not settings.current.exclusive_account
    assert settings.current.leftovers == ("adopt" if settings.problem else "cancel")
