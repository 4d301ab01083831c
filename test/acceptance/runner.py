"""Plays cards one after the other and tells what came of each."""

import logging
import time
import traceback
from collections.abc import Callable, Sequence
from enum import Enum

from test.acceptance.cards import Card, SkippedError
from test.acceptance.stage import Stage

SHOWN_LOG_LINES = 6


class Outcome(Enum):
    PASSED = "passed"
    FAILED = "FAILED"
    SKIPPED = "skipped"


class LogTail(logging.Handler):
    """The last warnings and errors of the connector, to be shown with a card that failed."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines = [*self.lines, record.getMessage()][-SHOWN_LOG_LINES:]


async def run_cards(cards: Sequence[Card], stage: Stage, say: Callable[[str], None]) -> list[Outcome]:
    """The outcome of each card. After a basic card that failed the others are skipped."""
    outcomes: list[Outcome] = []
    broken = ""
    for card in cards:
        started_s = time.monotonic()
        log = LogTail()
        logging.getLogger().addHandler(log)
        try:
            if broken:
                raise SkippedError(f"nothing can be tried since {broken} failed")
            await card.run(stage)
            outcome, remark = Outcome.PASSED, ""
        except SkippedError as error:
            outcome, remark = Outcome.SKIPPED, f": {error}"
        except Exception as error:
            outcome, remark = Outcome.FAILED, f": {_reason(error)}"
            if card.is_basic:
                broken = card.number
        finally:
            logging.getLogger().removeHandler(log)
        outcomes.append(outcome)
        say(f"{card.number} {outcome.value:7} {card.title}{remark} ({time.monotonic() - started_s:.1f} s)")
        if outcome is Outcome.FAILED:
            for line in log.lines:
                say(f"      {line}")
    return outcomes


def _reason(error: Exception) -> str:
    """The error's text; of an assertion without one, what it asserts."""
    frames = traceback.extract_tb(error.__traceback__)
    return str(error) or f"{type(error).__name__} in: {frames[-1].line if frames else ''}"


def summary(outcomes: Sequence[Outcome]) -> str:
    """The run's last line."""
    passed, failed, skipped = (outcomes.count(o) for o in (Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED))
    return f"live: {passed} passed, {failed} failed, {skipped} skipped"
