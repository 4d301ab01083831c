"""The commands of `hummingbot-peatio` and their options.

A command imports what it needs when it is called: the import of typer, aiohttp or Hummingbot takes longer than most
commands do.
"""


from pathlib import Path
from typing import Annotated

from peatio_cli.options import Argument, Option
from peatio_cli.quick_parser import Command
from peatio_cli.sandbox_commands import halo, sandbox

#: By name, in the order of the help.
COMMANDS: dict[str, Command] = {"sandbox": sandbox, "halo": halo}


def _command[Function: Command](function: Function) -> Function:
    COMMANDS[function.__name__.replace("_", "-")] = function
    return function


@_command
def init(
    directory: Annotated[Path, Argument(metavar="DIR", help="Directory to create or to update.")],
    checkout: Annotated[
        Path | None,
        Option(
            "--from",
            metavar="CHECKOUT",
            help="Copy the V2 scripts and controllers of this source checkout of Hummingbot, of the installed version.",
        ),
    ] = None,
    liquidity: Annotated[
        bool, Option("--liquidity", help="Add the controller that mirrors another exchange's book on your own.")
    ] = False,
) -> int:
    """Create a Hummingbot instance: a directory with its own configuration, keys, logs and trades."""
    from peatio_cli.install.init_command import run

    return run(directory, checkout, liquidity)


@_command
def demo(
    seconds: Annotated[int, Option(min=1, help="How long the bot trades after it is ready.")] = 120,
    directory: Annotated[
        Path | None,
        Option(
            "--dir", metavar="DIR", help="Keep the demo's instance in DIR; without it, the instance is temporary."
        ),
    ] = None,
    browser: Annotated[bool, Option("--browser", help="Open the exchange's page in your browser.")] = False,
    pegged: Annotated[
        bool, Option("--pegged", help="Trade a pegged coin, bay and bayr, through twenty cycles of its peg.")
    ] = False,
    liquidity: Annotated[
        bool,
        Option("--liquidity", help="Mirror one local exchange's book on an empty one, and hedge what is taken there."),
    ] = False,
) -> int:
    """Watch Hummingbot make a market on the local exchange, then compare its fills with the ledger."""
    from peatio_cli.demo.command import run

    return run(seconds=seconds, directory=directory, in_browser=browser, pegged=pegged, liquidity=liquidity)


@_command
def console(
    directory: Annotated[Path, Argument(metavar="DIR", help="An instance made by `init`.")] = Path(),
) -> int:
    """Open Hummingbot's full-screen console on an instance."""
    from peatio_cli.console.command import run

    return run(directory)


@_command
def run(
    directory: Annotated[Path, Argument(metavar="DIR", help="An instance made by `init`.")] = Path(),
    start: Annotated[
        str | None,
        Option(metavar="FILE", help="Strategy configuration to start; without it, wait for the command `start`."),
    ] = None,
    name: Annotated[
        str | None, Option(metavar="NAME", help="The bot's name on the broker; keep it the same at every start.")
    ] = None,
    broker: Annotated[str | None, Option(metavar="HOST[:PORT]", help="The MQTT broker.")] = None,
    share: Annotated[
        float | None,
        Option(metavar="PCT", help="Share of the exchange's request limit that the bot may use, in percent."),
    ] = None,
    keys_from_environment: Annotated[
        bool,
        Option(
            "--keys-from-environment",
            help="Use the API keys of PEATIO_API_KEY and PEATIO_SECRET, or of the files that PEATIO_API_KEY_FILE and "
            "PEATIO_SECRET_FILE name, instead of stored ones.",
        ),
    ] = False,
) -> int:
    """Run an instance under an MQTT broker, as one bot of many (docs/operate/scaling.md)."""
    from peatio_cli.fleet.command import run

    return run(directory, start, name, broker, share, keys_from_environment)


@_command
def doctor(
    name: Annotated[str, Argument(metavar="NAME", help="The exchange, by its connector's name.")] = "peatio",
    url: Annotated[
        str | None,
        Option(metavar="URL", help="Address of the exchange; overrides PEATIO_URL and the instance's address."),
    ] = None,
    instance: Annotated[
        Path | None, Option(metavar="DIR", help="Instance with address and key; default: the working directory.")
    ] = None,
    trade: Annotated[
        str | None,
        Option(metavar="MARKET", help="Also place and cancel a real order of minimal size on this market."),
    ] = None,
    json: Annotated[bool, Option("--json", help="Print JSON instead of a table.")] = False,
) -> int:
    """Check the connection from this machine to an exchange, and your key there."""
    from peatio_cli.doctor.request import Request
    from peatio_cli.doctor.start import start

    return start(Request(name=name, url=url, instance=instance, trade=trade, is_json=json))


@_command
def guard(
    instance: Annotated[Path, Argument(metavar="INSTANCE", help="The bot's instance.")] = Path(),
    after: Annotated[
        float,
        Option(min=3, metavar="SECONDS", help="The bot counts as dead after this long without a heartbeat."),
    ] = 30.0,
    keys_from_environment: Annotated[
        bool,
        Option("--keys-from-environment", help="Use the API keys of the environment, as `run` does."),
    ] = False,
) -> int:
    """Watch a bot from a separate process; when the bot dies, cancel its open orders and exit with an error."""
    from peatio_cli.guard.start import start

    return start(instance, after, keys_from_environment)


def _alert_actions() -> list[str]:
    from peatio_cli.alerts.start import ACTIONS

    return list(ACTIONS)


@_command
def alert(
    action: Annotated[
        str, Argument(metavar="test", help="Send a message to each address now.", completed_by=_alert_actions)
    ],
    instance: Annotated[Path, Argument(metavar="INSTANCE", help="The bot's instance.")] = Path(),
) -> int:
    """Test the alerts that the guard of an instance, or `watch --alerts`, sends (docs/operate/alerts.md)."""
    from peatio_cli.alerts.start import start

    return start(action, instance)


@_command
def watch(
    instances: Annotated[list[Path], Argument(metavar="INSTANCE", help="The instances of the bots to show.")],
    port: Annotated[int, Option(min=0, max=65535, help="Port of the page; 0 takes a free one.")] = 8091,
    host: Annotated[
        str, Option(help="Address to listen on; one that others can reach needs a password in WATCH_PASSWORD_FILE.")
    ] = "127.0.0.1",
    account: Annotated[
        bool,
        Option(
            "--account",
            help="Show the account on the exchange as well: with a key that may only read (WATCH_PEATIO_API_KEY and "
            "WATCH_PEATIO_SECRET, or typed), or the instance's own.",
        ),
    ] = False,
    share: Annotated[
        int, Option(min=1, max=50, metavar="PCT", help="Share of the exchange's request limit, in percent.")
    ] = 5,
    name: Annotated[
        list[str] | None,
        Option(metavar="HOST", help="Another name that the page may be reached by; may be given several times."),
    ] = None,
    certificate: Annotated[
        Path | None, Option(metavar="FILE", help="PEM file with a certificate and its private key, for TLS.")
    ] = None,
    alerts: Annotated[
        bool, Option("--alerts", help="Also send alerts, where no guard sends them (docs/operate/alerts.md).")
    ] = False,
) -> int:
    """Show bots on their exchanges in a browser: market, orders, profit, health. It only reads."""
    from peatio_cli.watch.request import Request
    from peatio_cli.watch.start import start as start_watch

    return start_watch(
        Request(tuple(instances), host, port, tuple(name or ()), account, share, certificate, sends_alerts=alerts)
    )


@_command
def report(
    instance: Annotated[Path, Argument(metavar="INSTANCE", help="The bot's instance.")] = Path(),
    start: Annotated[
        str | None,
        Option("--from", metavar="DAY", help="First day, or time (UTC): 2026-11-30 or 2026-11-30T18:00."),
    ] = None,
    end: Annotated[
        str | None, Option("--to", metavar="DAY", help="Last day, which counts whole, or time (UTC).")
    ] = None,
    currency: Annotated[
        str | None,
        Option(metavar="CURRENCY", help="Currency of the totals; without it, the one that most trades are in."),
    ] = None,
    csv: Annotated[bool, Option("--csv", help="Print CSV instead of tables, with all digits.")] = False,
    json: Annotated[bool, Option("--json", help="Print JSON instead of tables, with all digits.")] = False,
    verify: Annotated[
        bool,
        Option("--verify", help="Compare with the exchange's own trades; exit with an error if they differ."),
    ] = False,
) -> int:
    """Show trades, fees and profit from the exact history of an instance, per market and in one currency."""
    from peatio_cli.report.request import Request
    from peatio_cli.report.start import start as start_report

    return start_report(Request(instance, start, end, currency, is_csv=csv, is_json=json, is_verified=verify))


@_command
def record_market(
    connector: Annotated[str, Argument(metavar="CONNECTOR", help="Of Hummingbot, as in binance.")],
    pair: Annotated[str, Argument(metavar="PAIR", help="As in BTC-USDT.")],
    file: Annotated[Path, Argument(metavar="FILE", help="A new file, as in day.npz.")],
    seconds: Annotated[int, Option(min=1, help="How long; Ctrl-C ends it early.")] = 86_400,
    url: Annotated[str | None, Option(metavar="URL", help="The exchange's address, for the connector peatio.")] = None,
    daily: Annotated[bool, Option("--daily", help="A file for each day (UTC), its date in the name.")] = False,
) -> int:
    """Record a market's book and trades for hftbacktest (docs/reference/recording.md)."""
    from peatio_cli.record.start import start

    return start(connector, pair, file, seconds, url, daily)


@_command
def link(
    checkout: Annotated[Path, Argument(metavar="CHECKOUT", help="Source checkout of Hummingbot.")],
    copy: Annotated[bool, Option("--copy", help="Copy the connector instead of linking it.")] = False,
    volume: Annotated[
        bool, Option("--volume", help="CHECKOUT is a folder that will be mounted into a container.")
    ] = False,
    force: Annotated[bool, Option("--force", help="Also into an untested version of Hummingbot.")] = False,
) -> int:
    """Install the connector into a Hummingbot that runs from source or in a container."""
    from peatio_cli.install.link_command import run_link

    return run_link(checkout, is_copy=copy, is_volume=volume, is_forced=force)


@_command
def unlink(
    checkout: Annotated[Path, Argument(metavar="CHECKOUT", help="A checkout or volume given to `link`.")],
) -> int:
    """Remove the connector from a checkout or volume."""
    from peatio_cli.install.link_command import run_unlink

    return run_unlink(checkout)


@_command
def uninstall(
    directories: Annotated[
        list[Path], Argument(metavar="DIR", help="Instances, or source checkouts of Hummingbot.")
    ],
    force: Annotated[bool, Option("--force", help="Also if a bot runs or orders may be open.")] = False,
) -> int:
    """Move the keys of Peatio exchanges away: without the connector Hummingbot does not start while they are there."""
    from peatio_cli.install.uninstall_command import run

    return run(directories, is_forced=force)
