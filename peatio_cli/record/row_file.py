"""Rows on disk while they are recorded: a process that is killed loses what came since the last write."""

import os
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from peatio_cli.record.events import EVENT


class RowFile:
    """Rows in `NAME.part.npy`, which `numpy.load` reads at any time, until they are packed into `NAME.npz`.

    :param path: of the latter
    :raises OSError: in every method, when the disk does not take it
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = part_of(path)
        self.rows = 0
        self._file = self.part.open("xb")
        _write_header(self._file, 0)
        self._start = self._file.tell()
        self._file.flush()

    def append(self, rows: NDArray[np.void]) -> None:
        """They are on the disk when this returns."""
        if not len(rows):
            return
        self._file.seek(self._start + self.rows * EVENT.itemsize)
        self._file.write(rows.tobytes())
        self._file.flush()
        # The header last: it never counts rows that are not there.
        self._file.seek(0)
        _write_header(self._file, self.rows + len(rows))
        self._file.flush()
        os.fsync(self._file.fileno())
        self.rows += len(rows)

    def pack(self) -> None:
        """No more rows. Without any there is no file."""
        self._file.close()
        pack(self.part, self.path)


def part_of(path: Path) -> Path:
    """Where the rows of a recording are while it goes on."""
    return path.with_suffix(".part.npy")


def pack(part: Path, path: Path) -> int:
    """Makes the archive that hftbacktest and `sandbox --play` read, whole or not at all, and removes the rows' file.

    :return: how many rows it has
    """
    rows = np.load(part, mmap_mode="r") if part.stat().st_size > _header_size() else np.zeros(0, EVENT)
    if len(rows):
        unfinished = path.with_suffix(".npz.tmp")
        try:
            with unfinished.open("wb") as file:
                np.savez_compressed(file, data=rows)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    part.unlink()
    return len(rows)


def pack_leftover(path: Path) -> tuple[Path, int] | None:
    """Packs what a recording of that name left that was killed, under a name of its own.

    :return: that name, and how many rows; None where nothing was left
    """
    part = part_of(path)
    if not part.exists():
        return None
    number = 1
    while (kept := path.with_name(f"{path.stem}-interrupted-{number}{path.suffix}")).exists():
        number += 1
    return kept, pack(part, kept)


def _write_header(file: BinaryIO, rows: int) -> None:
    # numpy leaves room in it, so that the number of rows may grow.
    descr = np.lib.format.dtype_to_descr(EVENT)  # type: ignore[no-untyped-call]
    header = {"descr": descr, "fortran_order": False, "shape": (rows,)}
    np.lib.format.write_array_header_1_0(file, header)  # type: ignore[no-untyped-call]


def _header_size() -> int:
    file = BytesIO()
    _write_header(file, 0)
    return len(file.getvalue())
