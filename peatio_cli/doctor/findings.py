"""The result of a check of the doctor."""

import enum
from dataclasses import dataclass


class Verdict(enum.Enum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """What a check found. A failure or a warning has a remedy: what the user can do."""

    verdict: Verdict
    detail: str
    remedy: str = ""

    @property
    def is_passed(self) -> bool:
        """Whether checks that need this one can run."""
        return self.verdict in (Verdict.OK, Verdict.WARNING)


def passed(detail: str) -> Finding:
    """The check found no problem."""
    return Finding(Verdict.OK, detail)


def warning(detail: str, remedy: str) -> Finding:
    """It works, but the user should look at it."""
    return Finding(Verdict.WARNING, detail, remedy)


def failed(detail: str, remedy: str) -> Finding:
    """It does not work; `remedy` says what to do."""
    return Finding(Verdict.FAILED, detail, remedy)
