"""Hummingbot's full-screen console, in an instance directory.

Started by `console.command` with the instance first on PYTHONPATH and as working directory. It does the same as
`bin/hummingbot.py` of Hummingbot's source, which an installed Hummingbot lacks: it asks for the password and runs the
application. Exit codes: 0 after `exit`, 1 if it did not start or lost its terminal.
"""

import asyncio
import logging
import signal
import sys
from pathlib import Path

from hummingbot.cli import bot
from hummingbot.client.config.client_config_map import ClientConfigMap
from hummingbot.client.config.config_crypt import BaseSecretsManager, ETHKeyFileSecretManger
from hummingbot.client.config.config_helpers import ClientConfigAdapter
from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.client.runner import bootstrap_application
from hummingbot.client.ui import login_prompt
from hummingbot.client.ui.style import load_style

from peatio_cli.console.notices import show_notices
from peatio_cli.console.rates import keep_chosen_rates, load_settings_with_rates
from peatio_cli.demo.bot_runner import wind_down
from peatio_cli.install.instance import Instance, InstanceError, in_use


def log_in() -> BaseSecretsManager | None:
    """Shows Hummingbot's password dialogs, the first time with its welcome; None if the user cancels."""
    # Default colours: the configuration with the user's colours may hold secrets and is read after the password.
    return login_prompt(ETHKeyFileSecretManger, style=load_style(ClientConfigAdapter(ClientConfigMap())))


async def run(secrets: BaseSecretsManager) -> int:
    """Show the console until the user leaves it; returns the exit code."""
    config = load_settings_with_rates()
    hummingbot = await bootstrap_application(config, secrets, override_log_level=config.log_level)
    if hummingbot is None:
        return 1
    _take_signals_as_exit(hummingbot)
    keep_chosen_rates(hummingbot)
    show_notices(hummingbot)
    try:
        await hummingbot.run()
    except (EOFError, OSError):
        # The terminal was closed; the bot's orders must be cancelled.
        logging.getLogger(__name__).exception("The console lost its terminal and stops.")
        await wind_down(hummingbot)
        return 1
    return 0


def _take_signals_as_exit(hummingbot: HummingbotApplication) -> None:
    """SIGTERM and SIGHUP act like the command `exit`, which cancels the bot's orders first."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, hummingbot.exit)


def main() -> int:
    """Ask for the password, then run; returns the exit code."""
    try:
        with in_use(Instance(Path.cwd(), is_new=False)):
            if bot.running():
                raise InstanceError("a bot runs in this instance already; remedy: ./hbot stop")
            secrets = log_in()
            if secrets is None:
                return 1
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)  # Hummingbot also gets the current loop outside of coroutines
            return loop.run_until_complete(run(secrets))
    except InstanceError as error:
        print(f"console: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
