"""Every claim of the pages has its tests, and these tests exist."""

import re
from collections.abc import Iterator

import pytest

from test.documents.evidence import DOCS, EVIDENCE, ROOT, claims

TESTS = {(page, anchor): tests for page, anchors in EVIDENCE.items() for anchor, tests in anchors.items()}
#: Tables that define something and claim nothing, by the first cell of their heads.
DEFINITIONS = {
    "Hummingbot's type", "side", "result", "strategy", "file", "levels a side", "metric", "shown", "what you see",
}  # fmt: skip


def rows(page: str) -> Iterator[str]:
    """The rows of every table of a page that makes claims, without the head."""
    head = ""
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            head = ""
        elif not head:
            head = line.split("|")[1].strip()
        elif not re.match(r"\| ?---", line) and head not in DEFINITIONS:
            yield line


@pytest.mark.parametrize("page", EVIDENCE)
def test_the_claims_of_a_page_are_those_of_the_table_in_the_same_order(page: str) -> None:
    assert [claim.anchor for claim in claims(page)] == list(EVIDENCE[page])


@pytest.mark.parametrize("page", EVIDENCE)
def test_every_row_of_a_table_is_a_claim(page: str) -> None:
    assert [row for row in rows(page) if not row.startswith('| <a id="')] == []


@pytest.mark.parametrize("page", EVIDENCE)
def test_no_claim_is_without_words(page: str) -> None:
    assert [claim.anchor for claim in claims(page) if not claim.text or not claim.section] == []


@pytest.mark.parametrize(("claim", "tests"), TESTS.items(), ids=[f"{page}#{anchor}" for page, anchor in TESTS])
def test_every_claim_has_a_test_that_exists(claim: tuple[str, str], tests: tuple[str, ...]) -> None:
    assert tests, claim
    for test in tests:
        if test.startswith("make "):
            makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
            assert re.search(rf"^{test.removeprefix('make ')}: ", makefile, re.M), test
            continue
        file, _, name = test.partition("::")
        source = (ROOT / "test" / file).read_text(encoding="utf-8")
        assert re.search(rf"^ *(async )?def {name + '[(]' if name else 'test_'}", source, re.M), test


@pytest.mark.parametrize("page", EVIDENCE)
def test_pages_for_users_name_no_tests(page: str) -> None:
    assert re.findall(r"test_\w+", (DOCS / page).read_text(encoding="utf-8")) == []
