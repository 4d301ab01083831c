"""The entry point of `hummingbot-peatio`: declares the commands and their options."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="hummingbot-peatio",
    help="Trade with Hummingbot on a Peatio exchange, or on a local one that needs no account.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from peatio_cli.install.version import version_line

        typer.echo(version_line())
        raise typer.Exit()


def _dialects() -> list[str]:
    from peatio_sandbox.dialects.catalog import DIALECTS

    return list(DIALECTS)


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the versions and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Options before a command; `--version` is handled by its callback."""


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8090,
    host: Annotated[
        str, typer.Option(help="Address to listen on. The exchange is not secured: keep it on this machine.")
    ] = "127.0.0.1",
    seed: Annotated[int, typer.Option(help="The same seed gives the same keys and the same traders.")] = 0,
    traders: Annotated[bool, typer.Option("--traders", help="Run simulated traders that move prices.")] = False,
    history: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PAST",
            help="What happened before: a time such as 7d, made up from the seed, or candles from FILE or MARKET=FILE "
            "(CSV); may be given several times.",
        ),
    ] = None,
    balance: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[MEMBER:]CURRENCY=AMOUNT",
            help="What a member (default: bot) has, as in usd=20000; may be given several times.",
        ),
    ] = None,
    dialect: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            autocompletion=_dialects,
            help="The Peatio version or fork to imitate; docs/reference/sandbox-dialects.md lists them.",
        ),
    ] = "peatio-3.1",
    operator_key: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Public key (PEM) that verifies login tokens; may be given several times."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only the address.")] = False,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Record what clients see, without keys. FILE must not exist.")
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Show a recording in the browser instead of running an exchange."),
    ] = None,
) -> None:
    """Run a local Peatio exchange until Ctrl-C."""
    from peatio_cli.demo import sandbox_command

    if replay is not None:
        raise typer.Exit(sandbox_command.replay(replay, host=host, port=port, quiet=quiet, record=record))
    raise typer.Exit(
        sandbox_command.run(
            host=host,
            port=port,
            seed=seed,
            traders=traders,
            quiet=quiet,
            histories=history or [],
            balances=balance or [],
            dialect=dialect,
            operator_keys=operator_key or [],
            record=record,
        )
    )


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Directory to create or to update.")],
    checkout: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="CHECKOUT",
            help="Copy the V2 scripts and controllers of this source checkout of Hummingbot, of the installed version.",
        ),
    ] = None,
) -> None:
    """Create a Hummingbot instance: a directory with its own configuration, keys, logs and trades."""
    from peatio_cli.install.init_command import run

    raise typer.Exit(run(directory, checkout))


@app.command()
def demo(
    seconds: Annotated[int, typer.Option(min=1, help="How long the bot trades after it is ready.")] = 120,
    directory: Annotated[
        Path | None,
        typer.Option(
            "--dir", metavar="DIR", help="Keep the demo's instance in DIR; without it, the instance is temporary."
        ),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser", help="Open the exchange's page in your browser.")] = False,
) -> None:
    """Watch Hummingbot make a market on the local exchange, then compare its fills with the ledger."""
    from peatio_cli.demo.command import run

    raise typer.Exit(run(seconds=seconds, directory=directory, in_browser=browser))


@app.command()
def console(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="An instance made by `init`.")] = Path(),
) -> None:
    """Open Hummingbot's full-screen console on an instance."""
    from peatio_cli.console.command import run

    raise typer.Exit(run(directory))


@app.command()
def run(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="An instance made by `init`.")] = Path(),
    start: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Strategy configuration to start; without it, wait for the command `start`."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The bot's name on the broker; keep it the same at every start.")
    ] = None,
    broker: Annotated[str | None, typer.Option(metavar="HOST[:PORT]", help="The MQTT broker.")] = None,
    share: Annotated[
        float | None,
        typer.Option(metavar="PCT", help="Share of the exchange's request limit that the bot may use, in percent."),
    ] = None,
    keys_from_environment: Annotated[
        bool,
        typer.Option(
            "--keys-from-environment",
            help="Use the API keys of PEATIO_API_KEY and PEATIO_SECRET, or of the files that PEATIO_API_KEY_FILE and "
            "PEATIO_SECRET_FILE name, instead of stored ones.",
        ),
    ] = False,
) -> None:
    """Run an instance under an MQTT broker, as one bot of many (docs/operate/scaling.md)."""
    from peatio_cli.fleet.command import run

    raise typer.Exit(run(directory, start, name, broker, share, keys_from_environment))


@app.command()
def doctor(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The exchange, by its connector's name.")] = "peatio",
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Address of the exchange; overrides PEATIO_URL and the instance's address."),
    ] = None,
    instance: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Instance with address and key; default: the working directory.")
    ] = None,
    trade: Annotated[
        str | None,
        typer.Option(metavar="MARKET", help="Also place and cancel a real order of minimal size on this market."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Check the connection from this machine to an exchange, and your key there."""
    from peatio_cli.doctor.request import Request
    from peatio_cli.doctor.start import start

    raise typer.Exit(start(Request(name=name, url=url, instance=instance, trade=trade, is_json=json)))


@app.command()
def guard(
    instance: Annotated[Path, typer.Argument(metavar="INSTANCE", help="The bot's instance.")] = Path(),
    after: Annotated[
        float,
        typer.Option(min=3, metavar="SECONDS", help="The bot counts as dead after this long without a heartbeat."),
    ] = 30,
    keys_from_environment: Annotated[
        bool,
        typer.Option("--keys-from-environment", help="Use the API keys of the environment, as `run` does."),
    ] = False,
) -> None:
    """Watch a bot from a separate process; when the bot dies, cancel its open orders and exit with an error."""
    from peatio_cli.guard.start import start

    raise typer.Exit(start(instance, after, keys_from_environment))


@app.command()
def report(
    instance: Annotated[Path, typer.Argument(metavar="INSTANCE", help="The bot's instance.")] = Path(),
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="DAY", help="First day, or time (UTC): 2026-11-30 or 2026-11-30T18:00."),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="Last day, which counts whole, or time (UTC).")
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option(metavar="CURRENCY", help="Currency of the totals; without it, the one that most trades are in."),
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of tables, with all digits.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables, with all digits.")] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Compare with the exchange's own trades; exit with an error if they differ."),
    ] = False,
) -> None:
    """Show trades, fees and profit from the exact history of an instance, per market and in one currency."""
    from peatio_cli.report.request import Request
    from peatio_cli.report.start import start as start_report

    raise typer.Exit(
        start_report(Request(instance, start, end, currency, is_csv=csv, is_json=json, is_verified=verify))
    )


@app.command()
def link(
    checkout: Annotated[Path, typer.Argument(metavar="CHECKOUT", help="Source checkout of Hummingbot.")],
    copy: Annotated[bool, typer.Option("--copy", help="Copy the connector instead of linking it.")] = False,
    volume: Annotated[
        bool, typer.Option("--volume", help="CHECKOUT is a folder that will be mounted into a container.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Also into an untested version of Hummingbot.")] = False,
) -> None:
    """Install the connector into a Hummingbot that runs from source or in a container."""
    from peatio_cli.install.link_command import run_link

    raise typer.Exit(run_link(checkout, is_copy=copy, is_volume=volume, is_forced=force))


@app.command()
def unlink(
    checkout: Annotated[Path, typer.Argument(metavar="CHECKOUT", help="A checkout or volume given to `link`.")],
) -> None:
    """Remove the connector from a checkout or volume."""
    from peatio_cli.install.link_command import run_unlink

    raise typer.Exit(run_unlink(checkout))


@app.command()
def uninstall(
    directories: Annotated[
        list[Path], typer.Argument(metavar="DIR", help="Instances, or source checkouts of Hummingbot.")
    ],
    force: Annotated[bool, typer.Option("--force", help="Also if a bot runs or orders may be open.")] = False,
) -> None:
    """Move the keys of Peatio exchanges away: without the connector Hummingbot does not start while they are there."""
    from peatio_cli.install.uninstall_command import run

    raise typer.Exit(run(directories, is_forced=force))


def main() -> None:
    """Run the command line; the console script calls this."""
    app(prog_name="hummingbot-peatio")


if __name__ == "__main__":
    main()
