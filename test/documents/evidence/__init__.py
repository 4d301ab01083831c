"""docs/internals/evidence.md: which tests hold each claim of the pages.

A claim is marked on its page by an anchor, `<a id="gap"></a>`, in front of a sentence or in the first cell of a row.
`EVIDENCE` names its tests; `make docs` makes the page from both, and `test_evidence.py` compares them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from test.documents.evidence.markets import ORDER_BOOKS, ORDERS
from test.documents.evidence.operate import ALERTS, LIQUIDITY, PEGGED_COINS, WATCH
from test.documents.evidence.places import Evidence
from test.documents.evidence.records import HISTORY, REPORT, STRATEGIES
from test.documents.evidence.reliability import RELIABILITY

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "internals" / "evidence.md"
DOCS = ROOT / "docs"

#: Page below docs/ → anchor → its tests.
EVIDENCE: dict[str, Evidence] = {
    "reference/history.md": HISTORY,
    "reference/strategies.md": STRATEGIES,
    "reference/report.md": REPORT,
    "reference/reliability.md": RELIABILITY,
    "reference/order-books.md": ORDER_BOOKS,
    "reference/orders.md": ORDERS,
    "operate/liquidity.md": LIQUIDITY,
    "operate/pegged-coins.md": PEGGED_COINS,
    "operate/watch.md": WATCH,
    "operate/alerts.md": ALERTS,
}

_INTRODUCTION = """# Evidence

Made by `make docs` from the anchors on the pages and from `test/documents/evidence/`. Each row is a claim of a
page, linked to its place there, and the tests that hold it; paths are below `test/`.
"""
_HEADING_OR_CLAIM = re.compile(
    r"^## (?P<heading>[^\n]+)$"
    r'|^\| <a id="(?P<row>[a-z0-9-]+)"></a>(?P<case>[^|]+) \| (?P<outcome>[^|]+) \|'
    r'|<a id="(?P<anchor>[a-z0-9-]+)"></a>(?P<sentence>.+?)(?=\.\s|\n\n|\Z)',
    re.M | re.S,
)


@dataclass(frozen=True)
class Claim:
    """What a page claims.

    :ivar section: the heading above it
    :ivar text: the sentence behind the anchor, or the first cell of the row, without links and emphasis
    :ivar outcome: the second cell of the row; "" for a sentence
    """

    anchor: str
    section: str
    text: str
    outcome: str = ""


def claims(page: str) -> Iterator[Claim]:
    """The claims of the page `page` below docs/, in their order."""
    section = ""
    for match in _HEADING_OR_CLAIM.finditer((DOCS / page).read_text(encoding="utf-8")):
        if match["heading"]:
            section = match["heading"]
        elif match["row"]:
            yield Claim(match["row"], section, _plain(match["case"]), _plain(match["outcome"]))
        else:
            yield Claim(match["anchor"], section, _plain(match["sentence"]))


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text).replace("**", "").split())


def render() -> str:
    """The whole page."""
    return _INTRODUCTION + "".join(_section(page) for page in EVIDENCE)


def _section(page: str) -> str:
    lines = [f"\n## [{Path(page).name}](../{page})\n"]
    section = None
    for claim in claims(page):
        if claim.section != section:
            section = claim.section
            lines.append(f"\n### {section}\n\n| claim | tests |\n| --- | --- |\n")
        text = f"[{claim.text}](../{page}#{claim.anchor})" + (f": {claim.outcome}" if claim.outcome else "")
        tests = "<br>".join(f"`{test}`" for test in EVIDENCE[page].get(claim.anchor, ()))
        lines.append(f"| {text} | {tests} |\n")
    return "".join(lines)
