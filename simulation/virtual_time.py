"""The clocks of Python's `time` module, read from the simulated loop while one runs.

`install` has to come before the import of anything that keeps a reference to a clock (`from time import monotonic`, a
default argument): `simulation.__main__` calls it first.

A host's wall clock can be wrong: `set_offset`. Its monotonic clock cannot, and neither can timers.
"""

import asyncio
import os
import time
from collections.abc import Callable
from typing import Any

#: The wall clock of a simulation starts here: 2026-01-01 00:00:00 UTC.
EPOCH_S = 1_767_225_600.0
#: What `time.monotonic` shows at the start: a machine that has run for a while.
UPTIME_S = 100_000.0

_real_time, _real_monotonic, _real_perf_counter = time.time, time.monotonic, time.perf_counter
_real_utime = os.utime
#: CPU seconds of this process, for measurements of the simulation itself.
cpu_s = time.process_time

# Any: only simulated loops have `true_s`.
_running_loop: Callable[[], Any] = asyncio._get_running_loop
_offsets_s: dict[str, float] = {}
_is_simulated: Callable[[Any], bool] | None = None
_host: Callable[[], str] = str


def install(is_simulated: Callable[[Any], bool], host: Callable[[], str]) -> None:
    """
    :param is_simulated: whether a running event loop has virtual time: then its `true_s` is read
    :param host: the simulated host whose code runs
    """
    global _is_simulated, _host
    _is_simulated, _host = is_simulated, host
    time.time, time.monotonic, time.perf_counter = _time, _monotonic, _perf_counter
    time.time_ns = lambda: int(_time() * 1e9)
    time.monotonic_ns = lambda: int(_monotonic() * 1e9)
    time.perf_counter_ns = time.monotonic_ns
    # A heartbeat is the time of a file, which the kernel would take from the machine's clock.
    os.utime = _utime


def set_offset(host: str, seconds: float) -> None:
    """Sets the wall clock of a host wrong by so much."""
    _offsets_s[host] = seconds


def reset() -> None:
    """All clocks are right."""
    _offsets_s.clear()


def _time() -> float:
    loop = _running_loop()
    if loop is None or _is_simulated is None or not _is_simulated(loop):
        return _real_time()
    offset_s = _offsets_s.get(_host(), 0.0) if _offsets_s else 0.0
    return EPOCH_S + float(loop.true_s) + offset_s


def _monotonic() -> float:
    loop = _running_loop()
    if loop is None or _is_simulated is None or not _is_simulated(loop):
        return _real_monotonic()
    return UPTIME_S + float(loop.true_s)


def _perf_counter() -> float:
    loop = _running_loop()
    if loop is None or _is_simulated is None or not _is_simulated(loop):
        return _real_perf_counter()
    return UPTIME_S + float(loop.true_s)


def _utime(path: Any, times: Any = None, **options: Any) -> None:
    if times is None and not options and _running_loop() is not None:
        now_ns = int(_time() * 1e9)
        _real_utime(path, ns=(now_ns, now_ns))
    else:
        _real_utime(path, times, **options)
