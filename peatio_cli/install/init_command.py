"""`hummingbot-peatio init DIR`: create an instance directory and print the next steps."""

import os
import shlex
import shutil
import sys
from pathlib import Path

from peatio_cli.install import strategy_files
from peatio_cli.install.instance import (
    InstanceError,
    InstancePurpose,
    create_instance,
    hummingbot_package,
    instance_environment,
)

NEXT_STEPS = """\
Next:
  cd {directory}
  ./hbot connect peatio     # asks for address, API key, its secret and a new password, which encrypts both
{more_keys}  ./hbot connect            # tests the {keys}
  {program} doctor    # checks the exchange and your account
  {create}
  ./hbot start
  ./hbot status
  {program} report     # trades, fees and profit
  ./hbot stop               # cancels the bot's open orders
Or use Hummingbot's full-screen console for all of this:
  {program} console"""
BOT = {
    "more_keys": "",
    "keys": "key",
    "create": """./hbot create pure_market_making --set exchange=peatio --set market=BTC-USD \\
      --set bid_spread=0.5 --set ask_spread=0.5 --set order_amount=0.001 --set order_refresh_time=30""",
}
MIRROR = {
    "more_keys": "  ./hbot connect binance    # or what else is to be the source\n",
    "keys": "keys",
    "create": """./hbot create peatio_liquidity --name mirror --set trading_pair=BTC-USDT \\
      --set source_connector=binance --set source_pair=BTC-USDT \\
      --set bid_budget_quote=10000 --set ask_budget_base=0.2 --set max_exposure_base=0.1""",
}
PROGRAM = "hummingbot-peatio"


def run(directory: Path, checkout: Path | None = None, liquidity: bool = False) -> int:
    """Create the instance; returns exit code 1, with one line on stderr, on a failure.

    :param checkout: a source checkout of Hummingbot whose scripts and controllers the instance gets
    :param liquidity: whether the instance gets the controller of `peatio_liquidity`
    """
    try:
        version = (hummingbot_package() / "VERSION").read_text(encoding="utf-8").strip()
        if checkout is not None:
            strategy_files.check_version(checkout, version)
            _refuse_itself(directory, checkout)
        made = create_instance(directory, InstancePurpose.ORDINARY)
        print(f"Hummingbot instance {'created' if made.is_new else 'updated'}: {made.directory}", flush=True)
        if checkout is not None:
            _bring(made.directory, checkout)
        if liquidity:
            _add_liquidity(made.directory)
        for note in write_client_settings(made.directory):
            print(f"note: {note}")
    except (InstanceError, strategy_files.CheckoutError) as error:
        print(f"init: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"init: not every script and controller was copied: {error.filename or directory}: "
            f"{error.strerror or error}; remedy: correct that, then run this again",
            file=sys.stderr,
        )
        return 1
    outdated = strategy_files.outdated_version(made.directory, version)
    if outdated is not None:
        print(
            f"warning: the scripts and controllers are those of Hummingbot {outdated}, and {version} is installed; "
            "remedy: --from a checkout of that version",
            file=sys.stderr,
        )
    place, program = shlex.quote(str(made.directory)), _program(made.directory)
    print(NEXT_STEPS.format(directory=place, program=program, **(MIRROR if liquidity else BOT)))
    return 0


def write_client_settings(directory: Path) -> list[str]:
    """Writes Hummingbot's settings of the instance (`client_settings`); returns what is left to the user.

    Raises:
        InstanceError: they cannot be written.
    """
    import subprocess  # once the first line is there

    command = [sys.executable, "-W", "ignore", "-m", "peatio_cli.install.client_settings"]
    done = subprocess.run(
        command, cwd=directory, env=instance_environment(directory), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = (done.stderr.strip() or "no message").splitlines()[-1]
        raise InstanceError(
            f"{directory / 'conf' / 'conf_client.yml'} cannot be written: {reason}; remedy: correct that file or move "
            "it away, then run init again"
        )
    return done.stdout.splitlines()


def _refuse_itself(directory: Path, checkout: Path) -> None:
    if directory.expanduser().resolve() == checkout.expanduser().resolve():
        raise strategy_files.CheckoutError(
            f"{checkout} is the instance itself; remedy: name the folder that `git clone` of Hummingbot created"
        )


def _bring(directory: Path, checkout: Path) -> None:
    brought = strategy_files.copy_checkout(directory, checkout)
    print(f"Scripts and controllers of Hummingbot {brought.version}: {brought.copied} files")
    for name in brought.kept:
        print(f"warning: {directory / name} stays as it is: it was not copied by init, or was changed", file=sys.stderr)


def _add_liquidity(directory: Path) -> None:
    if strategy_files.put_liquidity(directory):
        print(f"The liquidity controller: {strategy_files.LIQUIDITY}")
    else:
        print(
            f"warning: {directory / strategy_files.LIQUIDITY} stays as it is: it was not copied by init, or was "
            "changed",
            file=sys.stderr,
        )


def _program(directory: Path) -> str:
    """What the user types in `directory` to call this program: its name if that is found on PATH, else its path."""
    own = Path(sys.executable).parent / PROGRAM
    found = shutil.which(PROGRAM)
    if not own.is_file() or (found is not None and own.samefile(found)):
        return PROGRAM
    relative = os.path.relpath(own, directory.resolve())
    return shlex.quote(min(relative, str(own), key=len))
