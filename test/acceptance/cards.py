"""What a card is, and what may come of it."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from test.acceptance.stage import Stage

Scenario = Callable[["Stage"], Awaitable[None]]

# On a busy market others fill an order before our own second account does; then the card begins again.
ATTEMPTS = 6


class SkippedError(Exception):
    """The card cannot run here; the text says why."""


class DisturbedError(Exception):
    """Somebody else traded with an order of the card, so that it shows nothing; it may be tried again."""


def expect(what: str, found: object, wanted: object) -> None:
    """:raises AssertionError: when `found` is not `wanted`, naming both"""
    if found != wanted:
        raise AssertionError(f"{what}: {found}; expected was {wanted}")


@dataclass(frozen=True)
class Card:
    """One numbered scenario.

    :param number: as in docs/operate/acceptance.md
    :param title: as in docs/operate/acceptance.md
    :param is_basic: whether nothing after it can run when it fails
    """

    number: str
    title: str
    play: Scenario
    is_basic: bool

    async def run(self, stage: "Stage") -> None:
        """Plays the scenario and removes the orders it left open.

        :raises SkippedError: with the reason
        :raises Exception: when what must be seen was not seen
        """
        disturbances: list[str] = []
        for _ in range(ATTEMPTS):
            try:
                await self._play_once(stage)
                return
            except DisturbedError as error:
                disturbances.append(str(error))
        raise SkippedError(f"others traded in between {ATTEMPTS} times, the last time: {disturbances[-1]}")

    async def _play_once(self, stage: "Stage") -> None:
        try:
            await self.play(stage)
        except BaseException:
            # Why the card ended says more than what cannot be tidied after it; the end of the run tells that.
            with suppress(Exception):
                await stage.tidy()
            raise
        await stage.tidy()


CARDS: list[Card] = []


def card(number: str, title: str, is_basic: bool = False) -> Callable[[Scenario], Scenario]:
    """Adds the scenario to `CARDS`."""

    def add(play: Scenario) -> Scenario:
        CARDS.append(Card(number, title, play, is_basic))
        return play

    return add
