"""The entry point of `hummingbot-peatio`. A command line that is in order runs without typer."""

import os
import sys
from collections.abc import Sequence

from peatio_cli.commands import COMMANDS
from peatio_cli.quick_parser import Command, parse

#: The shell sets it when it asks for proposals.
COMPLETION_VARIABLE = "_HUMMINGBOT_PEATIO_COMPLETE"


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line and exit; the console script calls this."""
    words = sys.argv[1:] if words is None else words
    if COMPLETION_VARIABLE not in os.environ:
        if words in (["--help"], ["-h"]):
            from peatio_cli.overview import overview

            print(overview(COMMANDS), end="")
            sys.exit(0)
        if words == ["--version"]:
            from peatio_cli.install.version import version_line

            print(version_line())
            sys.exit(0)
        command = COMMANDS.get(words[0]) if words else None
        arguments = None if command is None else parse(command, words[1:])
        if command is not None and arguments is not None:
            sys.exit(_run(command, arguments))
    from peatio_cli.typer_app import app

    app(list(words), prog_name="hummingbot-peatio")


def _run(command: Command, arguments: dict[str, object]) -> int:
    """As typer does: Ctrl-C ends quietly, and so does an output that nobody reads any more (`| head`)."""
    try:
        code = command(**arguments)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return 130
    except EOFError:
        print("\nAborted!", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python writes at its end
        return 1


if __name__ == "__main__":
    main()
