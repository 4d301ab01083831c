"""How `main` declares options and arguments: plain values, because importing typer takes longer than most commands do.

`typer_app` makes typer's own declarations of them, `quick_parser` reads a plain command line by them.
"""

from collections.abc import Callable


class Argument:
    """A value that is given by its place on the command line.

    :param completed_by: what the shell proposes as the value
    """

    __slots__ = ("completed_by", "help", "metavar")

    def __init__(
        self, *, metavar: str, help: str, completed_by: Callable[[], list[str]] | None = None
    ) -> None:
        self.metavar = metavar
        self.help = help
        self.completed_by = completed_by


class Option:
    """A value that is given by name.

    :param name: the option's name where it is not the parameter's with hyphens; a flag must have one
    :param min: the least number that is taken, `max` the greatest
    :param completed_by: what the shell proposes as the value
    """

    __slots__ = ("completed_by", "help", "max", "metavar", "min", "name")

    def __init__(
        self,
        name: str | None = None,
        *,
        help: str,
        metavar: str | None = None,
        min: float | None = None,
        max: float | None = None,
        completed_by: Callable[[], list[str]] | None = None,
    ) -> None:
        self.name = name
        self.help = help
        self.metavar = metavar
        self.min = min
        self.max = max
        self.completed_by = completed_by
