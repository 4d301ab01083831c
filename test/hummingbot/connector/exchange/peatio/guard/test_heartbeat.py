"""A bot's sign of life, on a real file."""

import logging
import os
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.guard.heartbeat import Heartbeat, HeartbeatRecord, heartbeat_records

LOGGER = logging.getLogger("test")
PULSE = HeartbeatRecord("peatio_east", "an-account", "an-owner", 4711)


@pytest.fixture
def heartbeat(tmp_path: Path) -> Heartbeat:
    return Heartbeat(tmp_path, PULSE, LOGGER)


def stamp(folder: Path) -> int:
    ((pulse, changed_ns),) = heartbeat_records(folder)
    assert pulse == PULSE
    return changed_ns


def age(folder: Path) -> None:
    """As if the last beat were long ago: a file's time has no finer steps than some milliseconds."""
    (path,) = folder.glob("peatio_heartbeat_*.json")
    os.utime(path, ns=(1, 1))


def test_every_beat_changes_the_files_time(heartbeat: Heartbeat, tmp_path: Path) -> None:
    heartbeat.begin()
    age(tmp_path)
    heartbeat.beat()
    assert stamp(tmp_path) > 1


def test_there_is_no_beat_before_the_beginning_and_none_after_the_end(
    heartbeat: Heartbeat, tmp_path: Path
) -> None:
    heartbeat.beat()
    assert list(heartbeat_records(tmp_path)) == []
    heartbeat.begin()
    heartbeat.end()
    heartbeat.beat()
    assert list(heartbeat_records(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_bot_stopped_with_orders_open_falls_silent(heartbeat: Heartbeat, tmp_path: Path) -> None:
    heartbeat.begin()
    heartbeat.pause()
    age(tmp_path)
    heartbeat.beat()
    assert stamp(tmp_path) == 1
    heartbeat.begin()
    assert stamp(tmp_path) > 1, "started again"


def test_a_file_that_somebody_removed_is_written_again(heartbeat: Heartbeat, tmp_path: Path) -> None:
    heartbeat.begin()
    next(tmp_path.iterdir()).unlink()
    heartbeat.beat()
    assert stamp(tmp_path) > 1


def test_a_folder_that_cannot_be_written_is_told_once_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    heartbeat = Heartbeat(tmp_path / "nowhere", PULSE, LOGGER)
    heartbeat.begin()
    for _ in range(3):
        heartbeat.beat()
    heartbeat.end()
    assert caplog.text.count("A guard will take this bot for dead") == 1


@pytest.mark.parametrize("content", ["", "{", "[]", '{"connector": "peatio"}', "\x00"])
def test_what_is_no_heartbeat_is_passed_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "peatio_heartbeat_x.json").write_text(content)
    assert list(heartbeat_records(tmp_path)) == []
