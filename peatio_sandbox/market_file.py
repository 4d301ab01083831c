"""A recorded market, in the array format of hftbacktest (docs/reference/recording.md), read without NumPy."""

from __future__ import annotations

import ast
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import IO, Any

_ARRAY = "data.npy"
_MAGIC = b"\x93NUMPY"
_COLUMNS = (
    ("ev", "<u8"), ("exch_ts", "<i8"), ("local_ts", "<i8"), ("px", "<f8"), ("qty", "<f8"), ("order_id", "<u8"),
    ("ival", "<i8"), ("fval", "<f8"),
)  # fmt: skip
_ROW = struct.Struct("<QqqddQqd")
_ROWS_AT_ONCE = 1_000
#: Longer headers than NumPy writes for so few columns.
_LONGEST_HEADER = 10_000
_BUY = 1 << 29


class MarketFileError(ValueError):
    """The file is no recorded market; the text says why."""


class EventKind(Enum):
    """What a row is. Rows of other kinds are not played."""

    LEVEL = 1
    TRADE = 2
    FIRST_LEVEL = 4


_KINDS = {kind.value: kind for kind in EventKind}


@dataclass(frozen=True, slots=True)
class MarketEvent:
    """
    :ivar at_ns: when it was seen; only differences mean something
    :ivar amount: of a level all that is there, 0 where it is gone; of a trade what was traded
    :ivar is_buy: a bid, or a trade whose taker bought
    """

    kind: EventKind
    at_ns: int
    is_buy: bool
    price: float
    amount: float


def read_market(path: Path) -> Iterator[MarketEvent]:
    """Its events, read as they are asked for: a day does not fit into memory everywhere.

    :raises OSError: when the file cannot be read
    :raises MarketFileError: when it is no recorded market
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_ARRAY) as file:
            left = _rows_announced(file)
            while left:
                block = file.read(_ROW.size * min(left, _ROWS_AT_ONCE))
                if len(block) % _ROW.size or not block:
                    raise MarketFileError(f"{path} ends within its array")
                left -= len(block) // _ROW.size
                for code, _, at_ns, price, amount, _, _, _ in _ROW.iter_unpack(block):
                    kind = _KINDS.get(code & 0xFF)
                    if kind is not None:
                        yield MarketEvent(kind, at_ns, bool(code & _BUY), price, amount)
    except (zipfile.BadZipFile, KeyError, EOFError, zlib.error) as error:
        raise MarketFileError(f"{path} is no file of `record-market`: {error}") from error


def _rows_announced(file: IO[bytes]) -> int:
    start = file.read(len(_MAGIC) + 2)
    if start[: len(_MAGIC)] != _MAGIC or start[-2:] not in (b"\x01\x00", b"\x02\x00"):
        raise MarketFileError("its array is none of NumPy's")
    width = 2 if start[-2] == 1 else 4
    size = int.from_bytes(file.read(width), "little")
    if size > _LONGEST_HEADER:
        raise MarketFileError("its array is none of hftbacktest's")
    try:
        header: Any = ast.literal_eval(file.read(size).decode("latin-1"))
        columns = tuple((str(name), str(kind)) for name, kind in header["descr"])
        (rows,) = header["shape"]
    except (ValueError, SyntaxError, KeyError, TypeError) as error:
        raise MarketFileError("its array is none of hftbacktest's") from error
    if columns != _COLUMNS:
        raise MarketFileError(f"its columns are not {', '.join(name for name, _ in _COLUMNS)}")
    return int(rows)
