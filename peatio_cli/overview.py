"""What `hummingbot-peatio --help` prints: the commands, each with its first line. It must not wait for typer."""

import shutil
import textwrap
from collections.abc import Iterator, Mapping

from peatio_cli.quick_parser import Command

PROGRAM = "hummingbot-peatio"
SUMMARY = "Trade with Hummingbot on a Peatio exchange, or on a local one that needs no account."
OPTIONS = {
    "--version": "Show the versions and exit.",
    "--install-completion": "Install the completion of commands and options for the current shell.",
    "--show-completion": "Show that completion, to copy it or to customize the installation.",
    "-h, --help": "Show this message and exit.",
}
#: Longer lines are hard to read, shorter ones have no room beside the names.
WIDEST, NARROWEST = 100, 50


def overview(commands: Mapping[str, Command], width: int | None = None) -> str:
    """The text, ending with a newline.

    :param width: of the terminal, in columns; None looks at it
    """
    columns = width or shutil.get_terminal_size().columns
    return "\n".join(_lines(commands, min(max(columns, NARROWEST), WIDEST))) + "\n"


def _lines(commands: Mapping[str, Command], width: int) -> Iterator[str]:
    yield f"Usage: {PROGRAM} [OPTIONS] COMMAND [ARGS]..."
    yield ""
    yield from textwrap.wrap(SUMMARY, width)
    summaries = {name: (command.__doc__ or "").strip().splitlines()[0] for name, command in commands.items()}
    for title, entries in (("Options", OPTIONS), ("Commands", summaries)):
        yield ""
        yield f"{title}:"
        indent = max(map(len, entries)) + 4
        for name, text in entries.items():
            first, *others = textwrap.wrap(text, width - indent)
            yield f"  {name:{indent - 2}}{first}"
            yield from (f"{'':{indent}}{line}" for line in others)
    yield ""
    yield f"{PROGRAM} COMMAND --help shows the options of a command."
