"""The pages are complete, lead where they say, and name what the code has."""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.common.errors import REMEDIES
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = (*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")), *sorted(DOCS.rglob("*.md")))
TROUBLESHOOTING = DOCS / "operate" / "troubleshooting.md"
PACKAGES = ("hummingbot/connector/exchange/peatio", "peatio_sandbox", "peatio_cli", "conformance")
#: Messages on the pages that are Hummingbot's or Python's own.
NOT_OURS = (
    "KeyError: 'peatio'",
    "Pyperclip could not find a copy/paste mechanism",
    "Could not find exchange rate",
    "There was an error requesting exchange info",
    "Could not refresh server time",
    "Unexpected error while retrieving rates from …",
)


def anchors(page: Path) -> set[str]:
    """What a link may name behind `#`: the headings, as GitHub makes anchors of them, and those set by hand."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


def messages() -> Iterator[str]:
    """The cells of all tables headed "what you see"."""
    for page in PAGES:
        for table in re.findall(r"^\| what you see \|.*\n\| -.*\n((?:\|.*\n?)+)", page.read_text("utf-8"), re.M):
            for row in table.splitlines():
                yield row.split("|")[1].strip()


@lru_cache
def strings_of_the_code() -> str:
    """Every string in the code, one after the other; a place for a value ends one."""
    found = []
    for package in (*PACKAGES[:-1], "tools"):
        for module in (ROOT / package).rglob("*.py"):
            tree = ast.parse(module.read_text(encoding="utf-8"))
            found += [
                node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
            ]
    return "\n".join(found) + (ROOT / "tools" / "setup").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target, fragment in re.findall(r"\]\((?!https?://)([^)#\s]*)(?:#([^)]*))?\)", text):
        leads_to = page.parent / target if target else page
        assert leads_to.exists(), f"{target}, from the folder of this page"
        assert not fragment or fragment in anchors(leads_to), f"{target}#{fragment}"


def test_the_index_has_one_line_for_every_page() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    listed = [target for target in re.findall(r"^- \[[^]]+\]\(([^)]+)\)", index, re.M) if not target.startswith("..")]
    assert sorted(listed) == sorted(
        str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md") if page.parent != DOCS or page.name != "README.md"
    )


def test_the_readme_names_every_setting_with_its_default() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, field in ConnectorSettings.model_fields.items():
        default = "none" if field.default in ((), None) else f"`{str(field.default).lower()}`"
        assert f"| `{name}` | {default} |" in readme


def test_troubleshooting_has_every_error_code_with_its_remedy() -> None:
    page = TROUBLESHOOTING.read_text(encoding="utf-8")
    for code, remedy in REMEDIES.items():
        assert f"| `{code}` | {remedy} |" in page


@pytest.mark.parametrize("cell", [cell for cell in messages() if not any(text in cell for text in NOT_OURS)])
def test_every_message_that_a_page_explains_is_one_of_the_code(cell: str) -> None:
    quoted = re.findall(r"`([^`]+)`", cell)
    assert quoted, "no message in it"
    code = strings_of_the_code()
    for part in (part.strip() for message in quoted for part in message.split("…")):
        assert part in code, part


def test_the_configuration_page_names_every_variable_of_the_environment() -> None:
    page = (DOCS / "reference" / "configuration.md").read_text(encoding="utf-8")
    for folder in ("hummingbot/connector/exchange/peatio", "peatio_cli"):
        for module in (ROOT / folder).rglob("*.py"):
            for name in re.findall(r'"((?:PEATIO|HBOT)_[A-Z_]+)"', module.read_text(encoding="utf-8")):
                assert f"| `{name}` |" in page, f"{module.name}: {name}"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_in_its_first_line_what_it_is_for(package: str) -> None:
    """The tree is the list of modules; there is no other."""
    for folder in (ROOT / package, *(ROOT / package).rglob("*/")):
        if any(folder.glob("*.py")):
            docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
            assert docstring, folder
            assert docstring.splitlines()[0].endswith("."), folder
