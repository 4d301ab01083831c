"""Every source of chance that Python offers, drawn from the seed while a simulation runs.

Sources: the functions of `random`; `random.Random()` without a seed, which takes the operating system's chance inside
its C code; `os.urandom`, and with it `uuid.uuid4` and `secrets`; the order of sets of strings, which `PYTHONHASHSEED`
decides (`simulation.__main__` sets it); the C library's `rand`, which masks the frames of picows. Install before
importing anything that keeps a reference.
"""

import ctypes
import os
import random
from typing import Any

_real_urandom = os.urandom
_RealRandom = random.Random
_bytes: random.Random | None = None


def install() -> None:
    """Replaces the sources; until `seed` they stay the operating system's."""
    os.urandom = _urandom
    random._urandom = _urandom  # type: ignore[attr-defined] # what `secrets` and `SystemRandom` draw from
    random.Random = _Random  # type: ignore[misc]


def seed(value: int) -> None:
    """From now on all chance comes from `value`."""
    global _bytes
    random.seed(f"global {value}")
    ctypes.CDLL(None).srand(value & 0xFFFFFFFF)
    _bytes = _RealRandom(f"bytes {value}")


def _urandom(size: int, /) -> bytes:
    return _real_urandom(size) if _bytes is None else _bytes.randbytes(size)


class _Random(_RealRandom):
    def __init__(self, x: Any = None) -> None:
        super().__init__(x if x is not None or _bytes is None else _bytes.getrandbits(64))


_Random.__name__ = _Random.__qualname__ = "Random"
