"""The documents say what the code does."""

import re
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.common.errors import REMEDIES
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_explains_every_error_code_with_its_remedy() -> None:
    for code, remedy in REMEDIES.items():
        assert f"| `{code}` | {remedy} |" in README


def test_the_readme_names_every_setting_with_its_default() -> None:
    for name, field in ConnectorSettings.model_fields.items():
        assert f"| `{name}` | `{str(field.default).lower()}` |" in README


def test_every_link_within_the_project_leads_somewhere() -> None:
    for document in (README, *(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))):
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)\)", document):
            assert (ROOT / target).exists() or (ROOT / "docs" / target).exists(), target


@pytest.mark.parametrize("name", ["reliability.md", "order-books.md", "orders.md"])
def test_every_test_that_a_page_on_what_breaks_names_exists(name: str) -> None:
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    tests = {path: path.read_text(encoding="utf-8") for path in (ROOT / "test").rglob("test_*.py")}
    files = {name: text for path, text in tests.items() for name in (path.name, f"{path.parent.name}/{path.name}")}
    named = 0
    for row in page.splitlines():
        current = ""
        for name, test in re.findall(r"`((?:\w+/)?test_\w+\.py)?(?:::(\w+))?`", row):
            current = name or current
            if not current:
                continue
            assert current in files, current
            if test:
                assert f"def {test}(" in files[current], f"{current}::{test}"
            named += 1
    assert named > 12


def test_the_configuration_page_names_every_variable_of_the_environment() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    for folder in ("hummingbot/connector/exchange/peatio", "peatio_cli"):
        for module in (ROOT / folder).rglob("*.py"):
            for name in re.findall(r'"((?:PEATIO|HBOT)_[A-Z_]+)"', module.read_text(encoding="utf-8")):
                assert f"| `{name}` |" in page, f"{module.name}: {name}"
