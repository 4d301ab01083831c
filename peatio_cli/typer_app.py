"""The command line as typer sees it: help of a command, messages about wrong words, completion in the shell."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from peatio_cli.commands import COMMANDS
from peatio_cli.options import Argument
from peatio_cli.overview import OPTIONS, SUMMARY, overview
from peatio_cli.quick_parser import Command, Parameter, parameters


class _Group(TyperGroup):
    def get_help(self, ctx: Any) -> str:
        return overview(COMMANDS).rstrip("\n")


def _print_version(wanted: bool) -> None:
    if wanted:
        from peatio_cli.install.version import version_line

        typer.echo(version_line())
        raise typer.Exit()


def _root(
    version: Annotated[
        bool, typer.Option("--version", help=OPTIONS["--version"], callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Options before a command; `--version` is handled by its callback."""


def _typed(command: Command) -> Callable[..., None]:
    """The command with typer's declarations, which ends with its exit code."""
    defaults = inspect.signature(command).parameters

    @wraps(command)
    def run(**arguments: Any) -> None:
        raise typer.Exit(command(**arguments))

    run.__annotations__ = {one.name: Annotated[one.hint, _declaration(one)] for one in parameters(command)}
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [one.replace(annotation=run.__annotations__[name]) for name, one in defaults.items()]
    )
    return run


def _declaration(parameter: Parameter) -> Any:
    declared = parameter.declared
    if isinstance(declared, Argument):
        return typer.Argument(
            metavar=declared.metavar, help=declared.help, autocompletion=declared.completed_by
        )
    return typer.Option(
        *([declared.name] if declared.name else []),
        metavar=declared.metavar,
        min=declared.min,
        max=declared.max,
        autocompletion=declared.completed_by,
        help=declared.help,
    )


def make_app() -> typer.Typer:
    """The command line with all commands."""
    made = typer.Typer(
        name="hummingbot-peatio",
        help=SUMMARY,
        cls=_Group,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
        # Boxes would need rich, whose import takes as long again.
        rich_markup_mode=None,
    )
    made.callback()(_root)
    for name, command in COMMANDS.items():
        made.command(name)(_typed(command))
    return made


app = make_app()
