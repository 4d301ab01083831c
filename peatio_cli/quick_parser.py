"""Reads a command line that is in order, without typer, whose import takes longer than most commands do.

What is not plainly in order, or asks for help, is left to typer: it has the messages, and the last word. The rule for
each token is that of typer; `test_quick_parser` compares the two.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import UnionType
from typing import Any, NamedTuple

from peatio_cli.options import Argument, Option

Command = Callable[..., int]


class Parameter(NamedTuple):
    """A parameter of a command.

    :ivar kind: str, Path, int, float, or bool for a flag
    :ivar hint: the type as it is declared
    """

    name: str
    declared: Argument | Option
    kind: type
    is_list: bool
    is_required: bool
    hint: Any

    @property
    def option(self) -> str:
        """The option's name on the command line."""
        assert isinstance(self.declared, Option)
        return self.declared.name or f"--{self.name.replace('_', '-')}"


def parameters(command: Command) -> Iterator[Parameter]:
    """The parameters of a command, in order."""
    hints = {name: hint for name, hint in command.__annotations__.items() if name != "return"}
    required = len(hints) - len(command.__defaults__ or ())
    for number, (name, hint) in enumerate(hints.items()):
        (declared,) = hint.__metadata__
        kind = hint.__origin__
        if isinstance(kind, UnionType):
            kind = kind.__args__[0]
        is_list = getattr(kind, "__origin__", None) is list
        yield Parameter(
            name, declared, kind.__args__[0] if is_list else kind, is_list, number < required, hint.__origin__
        )


def parse(command: Command, words: Sequence[str]) -> dict[str, Any] | None:
    """What the words after the command's name give its parameters; None where typer must look at them."""
    options: dict[str, Parameter] = {}
    places: list[Parameter] = []
    for parameter in parameters(command):
        if isinstance(parameter.declared, Option):
            options[parameter.option] = parameter
        else:
            places.append(parameter)
    given: dict[str, Any] = {}
    rest = iter(words)
    for word in rest:
        if word.startswith("-"):
            name, has_value, text = word.partition("=")
            taken = options.get(name)
            if taken is None or (taken.kind is bool and has_value):
                return None
            value = True if taken.kind is bool else _value(taken, text if has_value else next(rest, ""))
        elif not places:
            return None
        else:
            taken = places[0] if places[0].is_list else places.pop(0)
            value = _value(taken, word)
        if value is None or (taken.name in given and not taken.is_list):
            return None
        if taken.is_list:
            given.setdefault(taken.name, []).append(value)
        else:
            given[taken.name] = value
    if any(parameter.is_required and parameter.name not in given for parameter in places):
        return None
    return given


def _value(parameter: Parameter, text: str) -> Any:
    """None where the text may be none: empty, a number that is written unusually or out of range, another option."""
    if not text or text.startswith("-"):
        return None
    if parameter.kind is Path:
        return Path(text)
    if parameter.kind is str:
        return text
    whole, point, fraction = text.partition(".")
    digits = whole + fraction
    if not (digits.isascii() and digits.isdecimal()) or (point and parameter.kind is int):
        return None
    number = parameter.kind(text)
    least, most = parameter.declared.min, parameter.declared.max  # type: ignore[union-attr]
    return number if (least is None or number >= least) and (most is None or number <= most) else None
