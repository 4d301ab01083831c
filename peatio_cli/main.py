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
        from peatio_cli.version import version_line

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
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the address and nothing else.")] = False,
) -> None:
    """Run a local Peatio exchange until Ctrl-C."""
    from peatio_cli.sandbox_command import run

    raise typer.Exit(run(host=host, port=port, seed=seed, traders=traders, quiet=quiet))


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="To make, or to bring up to date.")],
) -> None:
    """Make a Hummingbot instance: a directory with its own configuration, keys, logs and trades."""
    from peatio_cli.init_command import run

    raise typer.Exit(run(directory))


@app.command()
def demo(
    seconds: Annotated[int, typer.Option(min=1, help="How long the bot trades, once it quotes.")] = 120,
    directory: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="Keep the demo's instance here; else it is temporary."),
    ] = None,
) -> None:
    """Watch Hummingbot make a market on the local exchange, then check its fills against the ledger."""
    from peatio_cli.demo_command import run

    raise typer.Exit(run(seconds=seconds, directory=directory))


def main() -> None:
    """Run the command line; what the console script calls."""
    app(prog_name="hummingbot-peatio")


if __name__ == "__main__":
    main()
