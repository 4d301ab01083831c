"""`hummingbot-peatio init DIR`: create an instance directory and print the next steps."""

import shlex
import shutil
import sys
from pathlib import Path

from peatio_cli.install.instance import InstanceError, InstancePurpose, create_instance

NEXT_STEPS = """\
Next:
  cd {directory}
  ./hbot connect peatio               store an API key, encrypted with a password you choose
  ./hbot create pure_market_making    write a strategy's configuration; it names the values it needs
  ./hbot start                        start the bot; then ./hbot status, ./hbot history, ./hbot stop
Or do all this in Hummingbot's full-screen console:
  {program} console {directory}"""
PROGRAM = "hummingbot-peatio"


def run(directory: Path) -> int:
    """Create the instance; returns exit code 1, with one line on stderr, on a failure."""
    try:
        made = create_instance(directory, InstancePurpose.ORDINARY)
    except InstanceError as error:
        print(f"init: {error}", file=sys.stderr)
        return 1
    print(f"Hummingbot instance {'created' if made.is_new else 'updated'}: {made.directory}")
    print(NEXT_STEPS.format(directory=shlex.quote(str(made.directory)), program=_program()))
    return 0


def _program() -> str:
    """What the user types to call this program: its name if that is found on PATH, else its path."""
    own = Path(sys.executable).parent / PROGRAM
    found = shutil.which(PROGRAM)
    if not own.is_file() or (found is not None and own.samefile(found)):
        return PROGRAM
    return shlex.quote(str(own))
