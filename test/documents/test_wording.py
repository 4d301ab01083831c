"""Code and pages use plain technical English: no old-fashioned words, no riddles."""

import re
from collections.abc import Iterator
from pathlib import Path

from test.documents.commands import ROOT

FOLDERS = (
    "hummingbot", "peatio_cli", "peatio_liquidity", "peatio_page", "peatio_sandbox", "conformance", "simulation",
    "bench", "tools", "findings", "deploy", "docs",
)  # fmt: skip
FILES = ("README.md", "CONTRIBUTING.md", "Makefile", "setup.py")
ENDINGS = {".py", ".md", ".js", ".html", ".yml", ".yaml", ".example", ""}
#: What to write instead: reported, sent, answered, got; again; has ended; where, if.
FORBIDDEN = re.compile(
    r"\b(told|untold|anew|said|albeit|lest|thereupon|hitherto|henceforth|whilst|is over\b(?! \d)|so long without|"
    r"says so|all the same)\b",
    re.IGNORECASE,
)
#: These names are of tests, and evidence.md is a list of them.
GENERATED = "docs/internals/evidence.md"


def lines_with_forbidden_words(root: Path, paths: list[Path]) -> Iterator[str]:
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = FORBIDDEN.search(line)
            if found is not None:
                yield f"{path.relative_to(root)}:{number}: {found[0]}"


def test_no_old_fashioned_word_is_in_code_or_pages() -> None:
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in ENDINGS]
    paths = [path for path in paths if path.is_file() and "vendor" not in path.parts]
    assert len(paths) > 400, "the folders are found"
    paths += [ROOT / name for name in FILES]
    paths.remove(ROOT / GENERATED)
    assert list(lines_with_forbidden_words(ROOT, paths)) == []


def test_a_forbidden_word_is_found_with_its_place(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("The order is canceled.\nThe user is told its id.\nThe price is over 10.\n")
    assert list(lines_with_forbidden_words(tmp_path, [page])) == ["page.md:2: told"]
