"""The choice of a rate source on disk: in our own file, never in Hummingbot's."""

import stat
from pathlib import Path

import pytest
import yaml
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.feeds.rate_choice import CLIENT_FILE_NAME, keep_rates, move_choice
from hummingbot.connector.exchange.peatio.settings.connector import FILE_NAME, load_settings

WRITTEN = """\
# My settings.
pull_quotes: true  # careful
exchanges:
  mine:   # the one
    domain: https://exchange.example
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "rates: peatio\n"),
        ("", "rates: peatio\n"),
        (WRITTEN, WRITTEN + "rates: peatio\n"),
        (WRITTEN.rstrip("\n"), WRITTEN + "rates: peatio\n"),
        ("rates: peatio_mine # x\n" + WRITTEN, "rates: peatio\n" + WRITTEN),
        ("rates : hummingbot\n", "rates: peatio\n"),
    ],
)
def test_the_choice_is_one_line_and_the_rest_stays_as_it_stands(
    tmp_path: Path, before: str | None, after: str
) -> None:
    if before is not None:
        (tmp_path / FILE_NAME).write_text(before)
    keep_rates(tmp_path, "peatio")
    assert (tmp_path / FILE_NAME).read_text() == after
    assert load_settings(tmp_path).rates == "peatio"


def test_what_is_so_already_is_not_written(tmp_path: Path) -> None:
    keep_rates(tmp_path, "hummingbot")
    assert not (tmp_path / FILE_NAME).exists()


@pytest.mark.parametrize("broken", ["a: [", "{pull_quotes: true}", "unknown: 1\n"])
def test_a_file_that_cannot_be_added_to_is_left_and_told(tmp_path: Path, broken: str) -> None:
    (tmp_path / FILE_NAME).write_text(broken)
    with pytest.raises(ConfigError, match=FILE_NAME):
        keep_rates(tmp_path, "peatio")
    assert (tmp_path / FILE_NAME).read_text() == broken


@pytest.mark.parametrize("name", ["peatio", "peatio_mine"])
@pytest.mark.parametrize("form", ["rate_oracle_source:\n  name: {}\n", "rate_oracle_source: {}\n"])
def test_a_choice_in_hummingbots_file_moves_to_ours(tmp_path: Path, name: str, form: str) -> None:
    client = tmp_path / CLIENT_FILE_NAME
    client.write_text("instance_id: abc\n" + form.format(name) + "tick_size: 1.0\n")
    client.chmod(0o640)
    assert move_choice(tmp_path) == name
    assert load_settings(tmp_path).rates == name
    assert yaml.safe_load(client.read_text()) == {
        "instance_id": "abc",
        "rate_oracle_source": {"name": "gate_io"},
        "tick_size": 1.0,
    }
    assert stat.S_IMODE(client.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == [CLIENT_FILE_NAME, FILE_NAME]
    assert move_choice(tmp_path) is None


@pytest.mark.parametrize(
    "text",
    [
        "rate_oracle_source:\n  name: binance\n",
        "log_file_path: /home/peatio/logs\n",
        "rate_oracle_source:\n  name: peatioooo\n",
        "rate_oracle_source:\n- peatio\n",
        "- peatio\n",
        "",
    ],
)
def test_other_sources_are_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / CLIENT_FILE_NAME).write_text(text)
    assert move_choice(tmp_path) is None
    assert (tmp_path / CLIENT_FILE_NAME).read_text() == text
    assert not (tmp_path / FILE_NAME).exists()


def test_without_hummingbots_file_there_is_nothing_to_move(tmp_path: Path) -> None:
    assert move_choice(tmp_path) is None


def test_hummingbots_file_is_mended_even_if_ours_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("a: [")
    (tmp_path / CLIENT_FILE_NAME).write_text("rate_oracle_source:\n  name: peatio\n")
    with pytest.raises(ConfigError):
        move_choice(tmp_path)
    assert yaml.safe_load((tmp_path / CLIENT_FILE_NAME).read_text()) == {"rate_oracle_source": {"name": "gate_io"}}
