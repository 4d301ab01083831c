"""Recorded rows on the disk: what is there when the process dies, the disk is full, or the day ends."""

import asyncio
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from peatio_cli.record import recording as recording_module
from peatio_cli.record.events import EVENT, Encoder, Kind
from peatio_cli.record.recording import Recording
from peatio_cli.record.row_file import RowFile, pack_leftover, part_of
from peatio_sandbox.market_file import read_market
from test.patience import eventually

BOOK = ({99.0: 1.0}, {101.0: 1.0})


def rows_of(count: int, first: int = 0) -> NDArray[np.void]:
    rows = np.zeros(count, EVENT)
    rows["local_ts"] = np.arange(first, first + count)
    return rows


def test_what_was_written_can_be_read_at_any_time_and_is_packed_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "day.npz"
    file = RowFile(path)
    assert len(np.load(file.part)) == 0
    for count, first in ((3, 0), (0, 3), (100_000, 3)):
        file.append(rows_of(count, first))
        assert np.load(file.part)["local_ts"].tolist() == list(range(first + count))
    file.pack()
    assert [each.name for each in tmp_path.iterdir()] == ["day.npz"]
    assert np.load(path)["data"]["local_ts"].tolist() == list(range(100_003))


def test_without_rows_there_is_no_file(tmp_path: Path) -> None:
    RowFile(tmp_path / "day.npz").pack()
    assert list(tmp_path.iterdir()) == []


FILLS_THE_DISK = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from peatio_cli.record.events import EVENT
from peatio_cli.record.row_file import RowFile
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
file = RowFile(Path(sys.argv[1]))
try:
    for first in range(0, 10**6, 20):
        rows = np.zeros(20, EVENT)
        rows["local_ts"] = np.arange(first, first + 20)
        file.append(rows)
except OSError as error:
    print(error.strerror)
"""


def test_a_disk_that_takes_no_more_leaves_what_was_written_before(tmp_path: Path) -> None:
    path = tmp_path / "day.npz"
    done = subprocess.run([sys.executable, "-c", FILLS_THE_DISK, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == "File too large\n"
    found = np.load(part_of(path))["local_ts"].tolist()
    assert found == list(range(len(found)))
    assert len(found) == 140, "as many writes of 20 rows of 64 bytes as 10,000 bytes hold"


def test_an_archive_that_cannot_be_finished_leaves_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = RowFile(tmp_path / "day.npz")
    file.append(rows_of(3))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="No space left"):
        file.pack()
    assert [each.name for each in tmp_path.iterdir()] == ["day.part.npy"]
    assert len(np.load(file.part)) == 3


def test_what_a_killed_recording_left_is_packed_under_a_name_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "day.npz"
    encoder = Encoder()
    for number in (1, 2):
        encoder.book(10**18, *BOOK)
        file = RowFile(path)
        file.append(encoder.take())
        file._file.close()  # as the kernel does it
        kept = tmp_path / f"day-interrupted-{number}.npz"
        assert pack_leftover(path) == (kept, 2 if number == 1 else 0)
    assert pack_leftover(path) is None
    assert len(list(read_market(tmp_path / "day-interrupted-1.npz"))) == 2


async def test_a_new_day_has_a_file_of_its_own_that_begins_with_the_whole_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_module, "WRITE_INTERVAL_S", 0.01)
    day = "2026-11-30"
    monkeypatch.setattr(recording_module, "_today", lambda: day)
    encoder = Encoder()
    recording = Recording(encoder, tmp_path / "btc.npz", is_daily=True)
    keeping = asyncio.create_task(recording.keep())
    encoder.book(10**18, *BOOK)
    await eventually(lambda: len(np.load(recording.part)) == 2, "it is on the disk")
    day = "2026-12-01"
    await eventually(lambda: len(recording.files) == 1, "the first day is finished")
    encoder.book(10**18 + 1, *BOOK)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    recording.finish()
    names = ["btc-2026-11-30.npz", "btc-2026-12-01.npz"]
    assert recording.files == [(tmp_path / name, 2) for name in names]
    for name in names:
        assert (np.load(tmp_path / name)["data"]["ev"] & 0xFF).tolist() == [Kind.SNAPSHOT] * 2
