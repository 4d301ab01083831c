"""docs/operate/acceptance.md describes the cards there are."""

import re
from pathlib import Path

from test.acceptance.all_cards import all_cards

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "operate" / "acceptance.md").read_text(encoding="utf-8")


def test_every_card_is_described_under_its_number_and_title() -> None:
    described = re.findall(r"^### (A\d\d) · (.+)$", TEXT, re.MULTILINE)
    assert described == [(card.number, card.title) for card in all_cards()]


def test_every_card_says_what_is_done_and_what_must_be_seen() -> None:
    for section in TEXT.split("\n### A")[1:]:
        assert re.search(r"^Done: ", section, re.MULTILINE), section
        assert re.search(r"^Seen: ", section, re.MULTILINE), section


def test_cards_are_numbered_without_gaps() -> None:
    assert [card.number for card in all_cards()] == [f"A{n:02}" for n in range(1, len(all_cards()) + 1)]


def test_the_command_is_the_makefiles() -> None:
    assert "make live URL=" in TEXT
    assert re.search(r"^live: setup ## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
