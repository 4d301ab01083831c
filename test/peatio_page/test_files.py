"""A page is put together from the shared panels and its own files."""

import re
from importlib.resources import files

import pytest

from peatio_page.files import PageFiles

PAGES = {"peatio_cli/watch/static": ("index.html", "login.html"), "peatio_sandbox/web/static": ("index.html",)}
EVERY_PAGE = [(folder, name) for folder, names in PAGES.items() for name in names]


def page(folder: str, name: str) -> str:
    package, *rest = folder.split("/")
    content = PageFiles(files(package).joinpath(*rest)).response(name).body
    assert isinstance(content, bytes)
    return content.decode()


@pytest.mark.parametrize(("folder", "name"), EVERY_PAGE)
def test_every_panel_and_every_head_is_in_its_place(folder: str, name: str) -> None:
    text = page(folder, name)
    assert "<!-- panel" not in text
    assert "<!-- columns" not in text
    for expected in ('<meta charset="utf-8">', 'href="/web/style.css"', 'name="viewport"'):
        assert text.count(expected) == 1
    # Every table has a head but the part of the book between its sides.
    assert text.count("<table") == text.count("<thead>") == text.count("</thead>")
    ids = re.findall(r' id="([^"]+)"', text)
    assert sorted(ids) == sorted(set(ids)), "each id stands for one element"


def test_a_head_has_a_cell_for_each_column() -> None:
    text = page("peatio_cli/watch/static", "index.html")
    cells = "".join(f'<th scope="col">{name}</th>' for name in ("Price", "Amount", "Sum"))
    assert f"<thead><tr>{cells}</tr></thead>" in text
    assert '<th scope="col"><span class="unseen">Cancel</span></th>' in page("peatio_sandbox/web/static", "index.html")
