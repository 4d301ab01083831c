"""What `hummingbot-peatio doctor` was asked for, and its exit code where that makes no sense."""

from dataclasses import dataclass
from pathlib import Path

WRONG_USE = 2


@dataclass(frozen=True)
class Request:
    """The arguments on the command line."""

    name: str = "peatio"
    url: str | None = None
    instance: Path | None = None
    trade: str | None = None
    is_json: bool = False
