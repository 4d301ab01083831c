"""Writes the pages that are made from the code: `make docs`."""

from test.documents.generated import PAGES

for page, render in PAGES.items():
    page.write_text(render(), encoding="utf-8")
    print(f"docs: {page.name} written")
