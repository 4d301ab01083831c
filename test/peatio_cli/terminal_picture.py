"""A picture of a terminal's screen, for the documentation."""

import io
from pathlib import Path

import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

# pyte's names for colours where they differ from rich's.
COLOURS = {"default": "default", "brown": "yellow"}


def save_picture(screen: pyte.Screen, path: Path, title: str) -> None:
    """Draw the screen with its colours into an SVG file."""
    console = Console(record=True, width=screen.columns, file=io.StringIO(), color_system="truecolor")
    for line in range(screen.lines):
        text = Text(no_wrap=True)
        for column in range(screen.columns):
            character = screen.buffer[line][column]
            text.append(character.data, _style(character))
        console.print(text)
    console.save_svg(str(path), title=title)


def _style(character: pyte.screens.Char) -> Style:
    return Style(
        color=_colour(character.fg), bgcolor=_colour(character.bg), bold=character.bold, reverse=character.reverse
    )


def _colour(name: str) -> str:
    if len(name) == 6 and all(digit in "0123456789abcdefABCDEF" for digit in name):
        return f"#{name}"
    return COLOURS.get(name, name.replace("bright", "bright_"))
