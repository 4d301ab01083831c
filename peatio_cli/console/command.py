"""`hummingbot-peatio console [DIR]`: replace this process by Hummingbot's full-screen console in an instance."""

import os
import sys
from pathlib import Path
from typing import NoReturn

from peatio_cli.install.instance import Instance, InstanceError, instance_environment, open_instance
from peatio_cli.install.running import refuse_if_in_use

CONSOLE_MODULE = "peatio_cli.console.console"


def run(directory: Path) -> int:
    """Start the console in place of this process; returns, with an exit code, only on a failure."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print("console: this is not a terminal; remedy: in scripts, use the instance's ./hbot", file=sys.stderr)
        return 1
    try:
        instance = open_instance(directory)
        refuse_if_in_use(instance)
    except InstanceError as error:
        print(f"console: {error}", file=sys.stderr)
        return 1
    print("Hummingbot is starting ...", flush=True)
    return _become_the_console(instance)


def _become_the_console(instance: Instance) -> NoReturn:
    """Replace this process, so that only one process gets the terminal's signals and none is left running."""
    os.chdir(instance.directory)
    os.execve(sys.executable, [sys.executable, "-m", CONSOLE_MODULE], instance_environment(instance.directory))
