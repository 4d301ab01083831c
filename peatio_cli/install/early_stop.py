"""SIGTERM while Hummingbot is loaded, which takes seconds.

The first process of a container ignores every signal for which it has no handler. A bot that was stopped while it
started went on, quoted, and was killed at the end of the grace period with its orders open.
"""

import os
import signal
import sys


def exit_at_sigterm(command: str) -> None:
    """From now on SIGTERM ends the process at once, with exit code 0; for commands that have not begun anything.

    Whatever handles SIGTERM later replaces this.
    """

    def end(_number: int, _frame: object) -> None:
        print(f"{command}: stopped before it started", file=sys.stderr, flush=True)
        # No exception: it would appear in the middle of an import, and a library might catch it.
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
