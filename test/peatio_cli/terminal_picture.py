"""A picture of a terminal's screen, for the documentation."""

import io
import re
from itertools import groupby
from pathlib import Path

import pyte
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.style import Style
from rich.text import Text

# pyte's names for colours where they differ from rich's.
COLOURS = {"default": "default", "brown": "yellow"}


def save_picture(screen: pyte.Screen, path: Path, title: str) -> None:
    """Draw the screen with its colours into an SVG file."""
    console = Console(record=True, width=screen.columns, file=io.StringIO(), color_system="truecolor")
    for line in range(screen.lines):
        characters = [screen.buffer[line][column] for column in range(screen.columns)]
        text = Text(no_wrap=True)
        for style, alike in groupby(characters, key=_style):
            text.append("".join(character.data for character in alike), style)
        console.print(text)
    picture = console.export_svg(title=title, unique_id="console", code_format=_without_fonts(CONSOLE_SVG_FORMAT))
    path.write_text(picture, encoding="utf-8")


def _without_fonts(svg_format: str) -> str:
    """The picture's frame without fonts from the internet; what the reader's machine has of fixed width will do."""
    fontless = re.sub(r"@font-face \{\{.*?\}\}\s*", "", svg_format, flags=re.DOTALL)
    return fontless.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace")


def _style(character: pyte.screens.Char) -> Style:
    return Style(
        color=_colour(character.fg), bgcolor=_colour(character.bg), bold=character.bold, reverse=character.reverse
    )


def _colour(name: str) -> str:
    if len(name) == 6 and all(digit in "0123456789abcdefABCDEF" for digit in name):
        return f"#{name}"
    return COLOURS.get(name, name.replace("bright", "bright_"))
