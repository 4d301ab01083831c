"""The table of capabilities in README.md."""

from pathlib import Path

from hummingbot.connector.exchange.peatio.peatio_capabilities import CAPABILITIES, Capability

PAGE = Path(__file__).parents[2] / "README.md"
_HEAD = "| area | what | does it? |\n| --- | --- | --- |\n"


def render() -> str:
    """The whole page, with the rows as they are now."""
    before, head, after = PAGE.read_text(encoding="utf-8").partition(_HEAD)
    _, _, rest = after.partition("\n\n")
    return before + head + "\n".join(map(_row, CAPABILITIES)) + "\n\n" + rest


def _row(row: Capability) -> str:
    state = f"[{row.state.value}]({row.docs})" if row.docs else row.state.value
    return f"| {row.area} | {row.what} | {state} |"
