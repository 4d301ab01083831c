"""What tells one process from another: its number and its machine's name, given by the simulated host.

Hummingbot derives a part of every client order id from them.
"""

import os
import platform
from collections.abc import Callable

_real_getpid, _real_getppid, _real_uname = os.getpid, os.getppid, platform.uname


def install(is_simulating: Callable[[], bool], host: Callable[[], str]) -> None:
    """
    :param host: the simulated host whose code runs
    """

    def getpid() -> int:
        return 2000 + sum(host().encode()) if is_simulating() else _real_getpid()

    def getppid() -> int:
        return 1000 if is_simulating() else _real_getppid()

    def uname() -> platform.uname_result:
        if not is_simulating():
            return _real_uname()
        return platform.uname_result("Linux", host(), "6.0", "simulated", "x86_64")

    os.getpid, os.getppid, platform.uname = getpid, getppid, uname
