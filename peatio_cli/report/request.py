"""What the user asked the report for."""

from dataclasses import dataclass
from pathlib import Path

WRONG_USE = 2


@dataclass(frozen=True)
class Request:
    """:param instance: an instance's directory
    :param start, end: as typed; None where not given
    :param currency: of the totals; None chooses one
    """

    instance: Path
    start: str | None = None
    end: str | None = None
    currency: str | None = None
    is_csv: bool = False
    is_json: bool = False
    is_verified: bool = False
