"""The table of error codes in docs/operate/troubleshooting.md."""

from pathlib import Path

from hummingbot.connector.exchange.peatio.common.errors import REMEDIES

PAGE = Path(__file__).parents[2] / "docs" / "operate" / "troubleshooting.md"
_HEAD = "| code | what to do |\n| --- | --- |\n"


def render() -> str:
    """The whole page, with the rows as they are now."""
    before, head, after = PAGE.read_text(encoding="utf-8").partition(_HEAD)
    _, _, rest = after.partition("\n\n")
    return before + head + "\n".join(f"| `{code}` | {remedy} |" for code, remedy in REMEDIES.items()) + "\n\n" + rest
