"""The parameters of faults: their defaults and what they accept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: Longest time a fault may ask for, in seconds.
DAY_S = 86_400.0


class FaultError(ValueError):
    """A fault was asked for that cannot be; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter; ``accepts`` is what the error message asks for."""

    name: str
    default: float | str | bool | tuple[str, ...] | None
    accepts: str
    is_valid: Callable[[object], bool]


def number(name: str, default: float | None, low: float, high: float) -> Parameter:
    """Return a parameter that takes any number between two bounds."""

    def is_valid(value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high

    return Parameter(name, default, f"a number from {low:g} to {high:g}", is_valid)


def integer(name: str, default: int | None, low: int, high: int) -> Parameter:
    """Return a parameter that takes any integer between two bounds."""

    def is_valid(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return Parameter(name, default, f"an integer from {low} to {high}", is_valid)


def flag(name: str) -> Parameter:
    """Return a parameter that takes true or false, and is false by default."""
    return Parameter(name, False, "true or false", lambda value: isinstance(value, bool))


def choice(name: str, *values: str) -> Parameter:
    """Return a parameter that takes one of some words; by default all of them are meant."""
    return Parameter(name, None, " or ".join(values), lambda value: value in values)


def check(
    what: str, given: Mapping[str, object], accepted: Iterable[Parameter], members: Collection[str]
) -> dict[str, Any]:
    """Return the value of every accepted parameter; what is not given, or None, takes its default.

    Raises:
        FaultError: something else is given, or something that makes no sense.
    """
    parameters = {parameter.name: parameter for parameter in accepted}
    for name, value in given.items():
        if value is None:
            continue
        if name not in parameters:
            raise FaultError(f"{what} has no {name!r}; it takes {', '.join(parameters)}")
        if not parameters[name].is_valid(value):
            raise FaultError(f"{name} must be {parameters[name].accepts}, not {value!r}")
        if name == "member" and value not in members:
            raise FaultError(f"unknown member {value!r}; there are {', '.join(members)}")
    return {
        name: parameter.default if given.get(name) is None else given[name] for name, parameter in parameters.items()
    }
