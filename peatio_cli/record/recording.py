"""Keeps what is recorded on the disk, second by second, in a file a day where that is wanted."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

from peatio_cli.record.events import Encoder
from peatio_cli.record.row_file import RowFile, pack_leftover

WRITE_INTERVAL_S = 1.0


class Recording:
    """
    :param path: the file; with `is_daily` its name gets the day, by UTC
    :ivar files: those that are finished, each with its rows
    :raises OSError: in every method, when the disk does not take it; what was written until then stays
    """

    def __init__(self, encoder: Encoder, path: Path, is_daily: bool) -> None:
        self._encoder = encoder
        self._path = path
        self._is_daily = is_daily
        self.files: list[tuple[Path, int]] = []
        self._day = _today()
        self._file = self._open()

    @property
    def part(self) -> Path:
        """Where the rows are that are in no finished file."""
        return self._file.part

    async def keep(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(WRITE_INTERVAL_S)
            self.write()
            if self._is_daily and _today() != self._day:
                await self._turn_over()

    def write(self) -> None:
        """What is new."""
        self._file.append(self._encoder.take())

    def finish(self) -> None:
        """The last rows, and the file is made."""
        self.write()
        self._pack(self._file)

    async def _turn_over(self) -> None:
        full, self._day = self._file, _today()
        self._file = self._open()
        self._encoder.begin()
        await asyncio.to_thread(self._pack, full)  # it may take a minute, and the market goes on

    def _open(self) -> RowFile:
        path = self._path
        if self._is_daily:
            path = path.with_name(f"{path.stem}-{self._day}{path.suffix}")
        if (leftover := pack_leftover(path)) is not None:
            self.files.append(leftover)
        return RowFile(path)

    def _pack(self, file: RowFile) -> None:
        file.pack()
        self.files.append((file.path, file.rows))


def _today() -> str:
    return datetime.fromtimestamp(time.time(), UTC).date().isoformat()
