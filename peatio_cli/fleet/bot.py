"""A bot of a fleet, started by `fleet.command`, and as a container's main process (deploy/).

Exit codes: 0 stopped on request, 1 not started or not stopped properly.
"""

import sys
from collections.abc import Sequence

from peatio_cli.install.early_stop import exit_at_sigterm


def main(arguments: Sequence[str]) -> int:
    """Load Hummingbot and run; returns the exit code.

    :param arguments: as for `headless.main`
    """
    exit_at_sigterm("run")
    # Imported here: this takes seconds, and a signal must not be lost meanwhile.
    from peatio_cli.fleet import headless

    return headless.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
