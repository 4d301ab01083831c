"""The commands that the pages tell a reader to give: every line of a block marked `sh`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))

_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```", re.M | re.S)
_COMMENT = re.compile(r"(^|\s+)# .*$")


@dataclass(frozen=True)
class Command:
    """A command as it stands on a page, on one line and without its comment."""

    page: str
    text: str


def documented(*pages: Path) -> Iterator[Command]:
    """The commands of some pages, in their order."""
    for page in pages:
        for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
            for line in re.sub(r"\s*\\\n\s*", " ", block).splitlines():
                text = _COMMENT.sub("", line).strip()
                if text:
                    yield Command(page.name, text)
