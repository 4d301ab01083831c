"""The entry point of `hummingbot-peatio`: names the commands and their options, does no work itself."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="hummingbot-peatio",
    help="Trade with Hummingbot on a Peatio exchange, or on a local one that needs no account.",
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from peatio_cli.install.version import version_line

        typer.echo(version_line())
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the versions and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Options that stand before a command; `--version` has already been answered by its callback."""


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8090,
    host: Annotated[
        str, typer.Option(help="Address to listen on. The exchange is a toy: keep it on this machine.")
    ] = "127.0.0.1",
    seed: Annotated[int, typer.Option(help="The same seed gives the same keys and the same traders.")] = 0,
    traders: Annotated[bool, typer.Option("--traders", help="Let others trade and move prices.")] = False,
    dialect: Annotated[
        str, typer.Option(metavar="NAME", help="Which Peatio to speak like (docs/reference/sandbox-dialects.md).")
    ] = "peatio-3.1",
    operator_key: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Public key (PEM) whose owner's tokens log in; may be given several times."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the address and nothing else.")] = False,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write down what clients see; no keys. FILE must be new.")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Show a recording in the browser; there is no exchange then.")
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
            dialect=dialect,
            operator_keys=operator_key or [],
            record=record,
        )
    )


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="To make, or to bring up to date.")],
) -> None:
    """Make a Hummingbot instance: a directory with its own configuration, keys, logs and trades."""
    from peatio_cli.install.init_command import run

    raise typer.Exit(run(directory))


@app.command()
def demo(
    seconds: Annotated[int, typer.Option(min=1, help="How long the bot trades, once it quotes.")] = 120,
    directory: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="Keep the demo's instance here; else it is temporary."),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser", help="Open the exchange's page in your browser.")] = False,
) -> None:
    """Watch Hummingbot make a market on the local exchange, then check its fills against the ledger."""
    from peatio_cli.demo.command import run

    raise typer.Exit(run(seconds=seconds, directory=directory, in_browser=browser))


@app.command()
def console(
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="An instance made by `init`.")] = Path(),
) -> None:
    """Open Hummingbot's full-screen console on an instance."""
    from peatio_cli.console.command import run

    raise typer.Exit(run(directory))


@app.command()
def run(
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="An instance made by `init`.")] = Path(),
    start: Annotated[
        str | None, typer.Option(metavar="FILE", help="Strategy configuration to start; else wait for the command.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Who the bot is on the broker; always the same.")] = None,
    broker: Annotated[str | None, typer.Option(metavar="HOST[:PORT]", help="The MQTT broker.")] = None,
    share: Annotated[
        float | None, typer.Option(metavar="PCT", help="How much of the exchange's request limit it may use.")
    ] = None,
) -> None:
    """Run an instance under an MQTT broker, as one bot of many (docs/operate/scaling.md)."""
    from peatio_cli.fleet.command import run

    raise typer.Exit(run(directory, start=start, name=name, broker=broker, share=share))


@app.command()
def doctor(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Which exchange, by its connector's name.")] = "peatio",
    url: Annotated[str | None, typer.Option(help="Its address, in place of PEATIO_URL or the instance's.")] = None,
    instance: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Take address and key from this instance; else from here.")
    ] = None,
    trade: Annotated[
        str | None, typer.Option(metavar="MARKET", help="Also place and cancel a real, minimal order on this market.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Find out what is wrong between this machine, an exchange and your key there."""
    from peatio_cli.doctor.start import Request, start

    raise typer.Exit(start(Request(name=name, url=url, instance=instance, trade=trade, is_json=json)))


@app.command()
def guard(
    instance: Annotated[Path, typer.Argument(metavar="[INSTANCE]", help="The bot's instance.")] = Path(),
    after: Annotated[
        float, typer.Option(min=3, metavar="SECONDS", help="So long without a heartbeat, and the bot counts as dead.")
    ] = 30,
) -> None:
    """Watch a bot from its own process; when it dies, cancel its open orders and end with an error."""
    from peatio_cli.guard.start import start

    raise typer.Exit(start(instance, after))


@app.command()
def link(
    checkout: Annotated[Path, typer.Argument(metavar="CHECKOUT", help="Hummingbot's source checkout.")],
    copy: Annotated[bool, typer.Option("--copy", help="Copy the connector there instead of linking it.")] = False,
    volume: Annotated[
        bool, typer.Option("--volume", help="CHECKOUT is a folder to fill and mount into a container.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Into a Hummingbot it was not tested with, too.")] = False,
) -> None:
    """Make the connector available in a Hummingbot run from source or in a container."""
    from peatio_cli.install.link_command import run_link

    raise typer.Exit(run_link(checkout, is_copy=copy, is_volume=volume, is_forced=force))


@app.command()
def unlink(
    checkout: Annotated[Path, typer.Argument(metavar="CHECKOUT", help="A checkout or volume given to `link`.")],
) -> None:
    """Take the connector out of a checkout or volume again."""
    from peatio_cli.install.link_command import run_unlink

    raise typer.Exit(run_unlink(checkout))


@app.command()
def uninstall(
    directories: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Instances, or source checkouts of Hummingbot.")
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Also where a bot seems to run or orders may be open.")
    ] = False,
) -> None:
    """Move the keys out of Hummingbot's sight, which does not start with keys of a connector that it lacks."""
    from peatio_cli.install.uninstall_command import run

    raise typer.Exit(run(directories, is_forced=force))


def main() -> None:
    """Run the command line; what the console script calls."""
    app(prog_name="hummingbot-peatio")


if __name__ == "__main__":
    main()
