"""What a check of the doctor says."""

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
    """What a check found. A failure or warning says what to do about it."""

    verdict: Verdict
    detail: str
    remedy: str = ""

    @property
    def is_passed(self) -> bool:
        """Whether what builds on this check can be checked."""
        return self.verdict in (Verdict.OK, Verdict.WARNING)


def fine(detail: str) -> Finding:
    """All is well."""
    return Finding(Verdict.OK, detail)


def doubtful(detail: str, remedy: str) -> Finding:
    """It works, but somebody should look at it."""
    return Finding(Verdict.WARNING, detail, remedy)


def broken(detail: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(Verdict.FAILED, detail, remedy)
