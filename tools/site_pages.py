"""Which files the documentation's site has, and its navigation: read from the pages, no list of their own.

The site keeps the project's folders, so that the links between pages are those that GitHub follows. It has every page
in ``docs/``, README.md as the start, and every file of the project that one of its pages links to.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

START = "README.md"
INDEX = "docs/README.md"

_CODE = re.compile(r"^ *```.*?^ *```", re.M | re.S)
_LINK = re.compile(r"\]\((?![a-z]+:)([^)#\s]+)")
_SECTION = re.compile(r"^## (.+)$", re.M)
_ENTRY = re.compile(r"^- \[[^]]+\]\(([^)#\s]+)\)", re.M)
_ITEM = re.compile(r"(-|\d+\.) ")
#: How far GitHub has the content of such an item indented, at least.
_NUMBERED = 3
_TITLE = re.compile(r"^# (.+)$", re.M)


class PagesError(Exception):
    """The pages cannot become a site; the message is one line with the page and what is wrong there."""


@dataclass(frozen=True)
class Section:
    """One kind of reader.

    :ivar pages: title and path within the project of each page, in their order
    """

    title: str
    pages: tuple[tuple[str, str], ...]


def site_files(root: Path) -> list[str]:
    """Returns the files of the site by their path within the project, sorted.

    :raises PagesError: if a page links to what is no file of the project
    """
    waiting = [START, *(str(page.relative_to(root)) for page in (root / "docs").rglob("*.md"))]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            if name.endswith(".md"):
                waiting += _linked(root, name)
    return sorted(found)


def _linked(root: Path, page: str) -> Iterator[str]:
    for target in _LINK.findall(_CODE.sub("", (root / page).read_text("utf-8"))):
        file = (root / page).parent.joinpath(target).resolve()
        if not file.is_relative_to(root) or not file.is_file():
            raise PagesError(f"{page} links to {target}, which is no file of this project")
        yield str(file.relative_to(root))


def sections(root: Path) -> list[Section]:
    """Returns the readers and their pages, as docs/README.md lists them.

    :raises PagesError: if a page has no title
    """
    index = (root / INDEX).read_text("utf-8")
    found = []
    for text in re.split(r"^(?=## )", index, flags=re.M)[1:]:
        heading = _SECTION.match(text)
        assert heading is not None  # what the text was split at
        paths = [(root / "docs" / target).resolve() for target in _ENTRY.findall(text)]
        names = [str(path.relative_to(root)) for path in paths]
        found.append(Section(heading[1], tuple((_title(root, name), name) for name in names)))
    return found


def for_builder(text: str) -> str:
    """A page as the builder reads it like GitHub: what stands in an item of a numbered list is indented by four, not
    three, and a blank line precedes a list after a paragraph, and an item after one with several blocks."""
    lines: list[str] = []
    is_fenced = is_in_list = has_blocks = False
    shift = ""
    for line in text.split("\n"):
        before = lines[-1] if lines else ""
        if line.startswith("```"):
            is_fenced = not is_fenced
        elif not is_fenced and _ITEM.match(line):
            if before and (has_blocks or not (is_in_list or before.startswith(" "))):
                lines.append("")
            is_in_list, has_blocks, shift = True, False, ""
        elif not is_fenced and is_in_list and line.startswith(" "):
            is_block = not before
            has_blocks |= is_block
            if is_block and len(line) - len(line.lstrip()) == _NUMBERED:
                shift = " "
            line = shift + line
        elif line:
            # A line without an indent ends the list, unless it goes on with a paragraph.
            is_in_list = is_in_list and bool(before)
        lines.append(line)
    return "\n".join(lines)


def _title(root: Path, page: str) -> str:
    title = _TITLE.search(_CODE.sub("", (root / page).read_text("utf-8")))
    if title is None:
        raise PagesError(f"{page} has no title: a line that starts with #")
    return title[1].replace("`", "")
