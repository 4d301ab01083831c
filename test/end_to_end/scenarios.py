"""End-to-end tests that are played on every dialect and with every login as well (docs/reference/compatibility.md).

A test becomes one by `@scenario`. It may ask for `sandbox`, `venue`, `bot` and `taker` as for fixtures, and gets a new
exchange each time.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

GROUPS = ("Connecting", "Order books", "Placing and cancelling", "Fills and fees", "What breaks", "After a restart")


@dataclass(frozen=True)
class Scenario:
    """:param name: its key
    :param group: one of `GROUPS`
    :param title: a line of the table
    :param arguments: what it is called with beside what it asks for as fixtures
    """

    name: str
    group: str
    title: str
    play: Callable[..., Awaitable[None]] = field(compare=False)
    arguments: Mapping[str, Any] = field(default_factory=dict, compare=False)


SCENARIOS: dict[str, Scenario] = {}
#: On a pegged market, once for each way in which an exchange shows a resized order.
PEGGED_GROUP = "A pegged coin"
PEGGED_SCENARIOS: dict[str, Scenario] = {}

type Play = Callable[..., Awaitable[None]]


def scenario(group: str, title: str, **arguments: Any) -> Callable[[Play], Play]:
    """Makes a test a scenario; several times with different `arguments` where the test is parametrised."""
    assert group in GROUPS

    def register(play: Play) -> Play:
        name = play.__name__.removeprefix("test_")
        if arguments:
            name += f"[{'-'.join(str(value) for value in arguments.values() if not isinstance(value, dict))}]"
        SCENARIOS[name] = Scenario(name, group, title, play, arguments)
        return play

    return register


def pegged_scenario(title: str) -> Callable[[Play], Play]:
    """Makes a test one that is played for each way of showing resized orders."""

    def register(play: Play) -> Play:
        name = play.__name__.removeprefix("test_")
        PEGGED_SCENARIOS[name] = Scenario(name, PEGGED_GROUP, title, play)
        return play

    return register
