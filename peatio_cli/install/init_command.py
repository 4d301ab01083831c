"""`hummingbot-peatio init DIR`: make an instance directory and say what to do next."""

import shlex
import sys
from pathlib import Path

from peatio_cli.install.instance import InstanceError, InstancePurpose, create_instance

NEXT_STEPS = """\
Next, in this directory:
  cd {directory}
  ./hbot connect peatio               store an API key, encrypted with a password you choose
  ./hbot create pure_market_making    write a strategy's configuration (--help shows how)
  ./hbot start                        start the bot; then ./hbot status, ./hbot history, ./hbot stop
Or do all of it in Hummingbot's full-screen console:
  hummingbot-peatio console {directory}"""


def run(directory: Path) -> int:
    """Make the instance; returns the exit code (1 with one clear line when it cannot be made)."""
    try:
        made = create_instance(directory, InstancePurpose.ORDINARY)
    except InstanceError as error:
        print(f"init: {error}", file=sys.stderr)
        return 1
    print(f"Hummingbot instance {'made' if made.is_new else 'brought up to date'}: {made.directory}")
    print(NEXT_STEPS.format(directory=shlex.quote(str(made.directory))))
    return 0
