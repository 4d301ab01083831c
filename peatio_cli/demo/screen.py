"""The demo's output: a live view in a terminal, plain lines in a file or pipe."""

import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from peatio_cli.demo.bot_report import OrderFilled, Report
from peatio_cli.demo.view import DemoFigures, fill_line, live_picture, small_picture, status_line

STATUS_INTERVAL_S = 10.0


class Screen(Protocol):
    """The interface of the demo's output; a context manager that draws only while it is entered."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def say(self, text: str) -> None:
        """Print a message about the demo's progress."""

    def wait(self, text: str) -> None:
        """Say what the demo waits for now; the wait ends with the next `show`."""

    def show(self, figures: DemoFigures, report: Report | None, remaining_s: float) -> None:
        """Show the figures; `report` is the one that changed them, if any."""


class LiveScreen:
    """A view that is redrawn in place."""

    def __init__(self, console: Console) -> None:
        # A spinner turns by the refresh, also while nothing else happens.
        self._live = Live(console=console, refresh_per_second=8)
        self._pictures: dict[str, RenderableType] = {}

    def __enter__(self) -> Self:
        self._live.start()
        return self

    @property
    def _picture(self) -> RenderableType:
        return Group(*self._pictures.values()) if self._pictures else Text()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.update(self._picture)
        self._live.stop()

    def say(self, text: str) -> None:
        """Print the text above the view."""
        self._live.console.print(text, markup=False, highlight=False)

    def wait(self, text: str) -> None:
        """Show the text beside a spinner, below the view."""
        self._live.update(Group(self._picture, Spinner("dots", Text(text), style="cyan")), refresh=True)

    def show(self, figures: DemoFigures, report: Report | None, remaining_s: float) -> None:
        """Redraw the view."""
        title = f"{figures.title} {figures.base}-{figures.quote}"
        status = f"{max(0, remaining_s):.0f} s left, Ctrl-C ends early"
        picture = small_picture if figures.name else live_picture
        self._pictures[figures.name] = picture(figures, title, status)
        self._live.update(self._picture)


class PlainScreen:
    """Prints a line for each fill and, every ten seconds, one with the figures."""

    def __init__(self) -> None:
        self._next_status_s: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def say(self, text: str) -> None:
        """Print the text."""
        print(text, flush=True)

    def wait(self, text: str) -> None:
        """Print the text."""
        self.say(text)

    def show(self, figures: DemoFigures, report: Report | None, remaining_s: float) -> None:
        """Print a new fill, and the figures when they are due."""
        if isinstance(report, OrderFilled):
            print(fill_line(report, figures.name), flush=True)
        now_s = time.monotonic()
        if now_s >= self._next_status_s.get(figures.name, 0.0):
            self._next_status_s[figures.name] = now_s + STATUS_INTERVAL_S
            print(status_line(figures), flush=True)


def screen_for(console: Console) -> Screen:
    """A live view if the output is a terminal, else plain lines."""
    return LiveScreen(console) if console.is_terminal else PlainScreen()
