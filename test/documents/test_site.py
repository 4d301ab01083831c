"""The documentation's site has every page as GitHub shows it, sorted by reader, and loads nothing from elsewhere."""

import importlib
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
from markdown_it import MarkdownIt

from test.documents.site import ROOT, build_site

PAGES = [
    page.relative_to(ROOT)
    for page in (
        *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
    )
]
_STRUCTURE = {"h1", "h2", "h3", "h4", "ul", "ol", "li", "table", "tr", "td", "th", "pre", "code", "strong", "em", "img"}
_GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
Tool = Callable[[str], ModuleType]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tool]:
    """Imports a module of tools/, which are no package, by its name."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        del sys.modules[name]


class _Content(HTMLParser):
    """What a page has of tables, lists and the like, and its text without blanks."""

    def __init__(self, html: str, container: str | None = None) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self._texts: list[str] = []
        self._container = container
        self._is_inside = container is None
        self.feed(html)

    @property
    def text(self) -> str:
        return re.sub(r"[\s¶]+", "", "".join(self._texts))

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._is_inside |= tag == self._container
        if self._is_inside and tag in _STRUCTURE:
            self.counts[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        self._is_inside &= tag != self._container

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self._texts.append(data)


def built(site: Path, page: Path) -> Path:
    return site / (page.parent if page.name == "README.md" else page.with_suffix("")) / "index.html"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_is_what_github_shows(site: Path, page: Path) -> None:
    """The two read Markdown differently, which `for_builder` makes up for: lists and blocks in lists, above all."""
    expected = _Content(_GITHUB.render((ROOT / page).read_text("utf-8")))
    found = _Content(built(site, page).read_text("utf-8"), "article")
    assert found.counts == expected.counts
    assert found.text == expected.text


#: What is added for the builder is marked: a line of its own, or one blank before a line.
MARKED = """\
A paragraph:
+
- one
  goes on
- two

1. one:

+   ```sh
+   make test
+   ```
+
2. two
3. three

    four

The end:
+
1. again
"""
LISTS = re.sub(r"^\+\n?", "", MARKED, flags=re.MULTILINE)
FOR_THE_BUILDER = re.sub(r"^\+(?=(.?))", lambda found: " " if found[1] else "", MARKED, flags=re.MULTILINE)


def test_lists_are_written_as_the_builder_reads_them(tool: Tool) -> None:
    for_builder = tool("site_pages").for_builder
    assert "1. one:\n\n    ```sh\n    make test\n    ```\n\n2. two" in FOR_THE_BUILDER
    assert for_builder(LISTS) == FOR_THE_BUILDER
    assert for_builder(FOR_THE_BUILDER) == FOR_THE_BUILDER
    assert _Content(_GITHUB.render(FOR_THE_BUILDER)).text == _Content(_GITHUB.render(LISTS)).text
    fenced = "```\nA paragraph:\n- no list\n   indented\n```\n"
    assert for_builder(fenced) == fenced


def test_pages_are_sorted_by_reader(site: Path, tool: Tool) -> None:
    sections = tool("site_pages").sections(ROOT)
    assert [section.title for section in sections] == ["Start", "Operate", "Reference", "Internals"]
    start = (site / "index.html").read_text("utf-8")
    tabs = re.findall(r'class="md-tabs__link">\s*(.*?)\s*</a>', start)
    assert tabs == ["Overview", "Start", "Operate", "Reference", "Internals", "All pages"]
    for section in sections:
        assert section.pages
        for title, page in section.pages:
            shown = built(site, Path(page)).read_text("utf-8")
            # The navigation of a page is that of its reader.
            assert all(f'href="{_link(page, name)}"' in shown for _, name in section.pages if name != page), title


def _link(page: str, other: str) -> str:
    start, target = (built(Path("/"), Path(name)).parent for name in (page, other))
    return f"{target.relative_to(start, walk_up=True)}/"


def test_every_page_can_be_searched(site: Path) -> None:
    text = (site / "search.json").read_text("utf-8")
    for page in PAGES:
        location = str(built(Path(), page).parent)
        assert f'"location":"{"" if location == "." else location + "/"}"' in text


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """Links in pages were looked at by the build; this looks at what the theme brings."""
    for page in site.rglob("*.html"):
        assert "default-src 'self'" in page.read_text("utf-8"), page
    for sheet in site.rglob("*.css"):
        outside = re.findall(r"(?:url\(|@import)\s*['\"]?\s*((?:https?:)?//[^)'\"]+)", sheet.read_text("utf-8"))
        assert outside == [], sheet


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="other/">', "page.html links to other/: there is no such file"),
        ('<a href="#there">', "page.html links to #there: there is no such place on the page"),
        ('<a href="good/#there">', "page.html links to good/#there: there is no such place on the page"),
        ('<img src="none.png">', "page.html links to none.png: there is no such file"),
        ('<img src="https://elsewhere.example/a.png">', "page.html loads https://elsewhere.example/a.png from outside"),
        ('<script src="//elsewhere.example/a.js">', "page.html loads //elsewhere.example/a.js from outside"),
        (
            '<link rel="stylesheet" href="https://elsewhere.example/a.css">',
            "page.html loads https://elsewhere.example/a.css from outside",
        ),
        ('<a href="https://elsewhere.example/">', None),
        ('<a href="good/#here">', None),
        ('<a href="/good/index.html#here"><link rel="canonical" href="https://elsewhere.example/">', None),
    ],
)
def test_a_broken_link_or_an_outside_address_is_named(
    tmp_path: Path, tool: Tool, html: str, problem: str | None
) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "index.html").write_text('<h1 id="here">')
    (tmp_path / "page.html").write_text(html)
    assert tool("site_check").problems(tmp_path) == ([problem] if problem else [])


def test_a_link_out_of_the_project_is_named(tmp_path: Path, tool: Tool) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("# Start\n[all](docs/README.md), [elsewhere](https://elsewhere.example/)\n")
    (tmp_path / "docs" / "README.md").write_text("# All\n[folder](../docs), [file](../data.json)\n")
    pages = tool("site_pages")
    with pytest.raises(pages.PagesError, match=r"^docs/README\.md links to \.\./docs, which is no file"):
        pages.site_files(tmp_path)
    (tmp_path / "docs" / "README.md").write_text("# All\n[file](../data.json)\n")
    (tmp_path / "data.json").write_text("{}")
    assert pages.site_files(tmp_path) == ["README.md", "data.json", "docs/README.md"]


def test_the_build_fails_on_a_broken_link(site: Path, tmp_path: Path, tool: Tool) -> None:
    """Takes the site, because with it the builder is installed."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("# Start\n\n[a place](docs/README.md#nowhere)\n")
    (tmp_path / "docs" / "README.md").write_text("# All\n\n## Start\n\n- [README.md](README.md): this\n")
    build = tool("build_site")
    with pytest.raises(build.SiteError, match="nowhere"):
        build.build(tmp_path / "out", tmp_path)
    assert not (tmp_path / "out").exists()
