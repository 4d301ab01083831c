"""Looks at a built site: every link in it leads to a file and to a place there, and nothing is loaded from outside."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: What a browser gets by itself when it shows a page. Of a `link`, what these relations name.
_LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src",
           "embed": "src", "object": "data", "image": "href", "use": "href"}  # fmt: skip
_LOADED_RELATIONS = {"stylesheet", "icon", "preload", "modulepreload", "preconnect", "dns-prefetch", "manifest"}


@dataclass
class _Page(HTMLParser):
    """The ids, links and loaded addresses of a page."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids.update(found[name] for name in ("id", "name") if name in found)
        if tag == "link":
            relations = set(found.get("rel", "").split())
            (self.loaded if relations & _LOADED_RELATIONS else self.links).append(found.get("href", ""))
        elif tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif _LOADED.get(tag, "") in found:
            self.loaded.append(found[_LOADED[tag]])


def problems(site: Path) -> list[str]:
    """Returns what is wrong, one line for each broken link and each address outside that a page loads."""
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    return [line for path, page in pages.items() for line in _problems_of(site, path, page, pages)]


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text("utf-8"))
    return page


def _problems_of(site: Path, path: Path, page: _Page, pages: dict[Path, _Page]) -> Iterator[str]:
    where = path.relative_to(site)
    for address in page.loaded:
        if urlsplit(address).scheme not in ("", "data") or urlsplit(address).netloc:
            yield f"{where} loads {address} from outside"
    for address in [*page.links, *page.loaded]:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        target = _file(site, path, unquote(parts.path))
        if not target.is_file():
            yield f"{where} links to {address}: there is no such file"
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
            yield f"{where} links to {address}: there is no such place on the page"


def _file(site: Path, page: Path, target: str) -> Path:
    if not target:
        return page
    start = site if target.startswith("/") else page.parent
    file = (start / target.lstrip("/")).resolve()
    return file / "index.html" if file.is_dir() else file
