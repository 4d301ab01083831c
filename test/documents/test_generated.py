"""The pages that are made from the code are as the code is now."""

from collections.abc import Callable
from pathlib import Path

import pytest

from test.documents.generated import PAGES


@pytest.mark.parametrize(("page", "render"), PAGES.items(), ids=[page.name for page in PAGES])
def test_a_generated_page_is_up_to_date(page: Path, render: Callable[[], str]) -> None:
    assert page.read_text(encoding="utf-8") == render(), "run `make docs`"
