"""The end of docs/architecture.md: every module with the first sentence of its docstring."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
_MADE_FROM_HERE = "<!-- From here on made from the code by `make docs`. -->\n"
_HOUSES = {
    "The connector": ROOT / "hummingbot" / "connector" / "exchange" / "peatio",
    "The sandbox": ROOT / "peatio_sandbox",
    "The command line": ROOT / "peatio_cli",
}


def render() -> str:
    """The whole page: what is written by hand, and the list of rooms."""
    by_hand, _, _ = PAGE.read_text(encoding="utf-8").partition(_MADE_FROM_HERE)
    return by_hand + _MADE_FROM_HERE + "".join(_house(title, folder) for title, folder in _HOUSES.items())


def _house(title: str, folder: Path) -> str:
    rows = (f"| `{path.relative_to(folder)}` | {_purpose(path)} |\n" for path in sorted(folder.rglob("*.py")))
    where = folder.relative_to(ROOT)
    return f"\n## {title}: `{where}/`\n\n| module | what it is for |\n| --- | --- |\n{''.join(rows)}"


def _purpose(module: Path) -> str:
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    first, _, _ = docstring.partition("\n\n")
    return " ".join(first.split()).replace("|", "\\|").replace("``", "`").rstrip(".")
