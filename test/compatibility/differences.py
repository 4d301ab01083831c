"""What a dialect cannot do as the others, why, and the scenario that is played there instead."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """:param reason: what the table says, with the section of docs/protocol.md that has the fact
    :param play: shows that it is as the reason says
    """

    reason: str
    play: Callable[..., Awaitable[None]]


# By scenario and dialect.
DIFFERENCES: dict[tuple[str, str], Difference] = {}
