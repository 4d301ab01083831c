"""An address is opened in the browser that the user has, or it is said that there is none."""

import shlex
import sys
import threading
import webbrowser
from pathlib import Path

import pytest

from peatio_cli.demo.browser_opener import open_in_browser

TIMEOUT_S = 20.0


def opens(url: str) -> bool:
    """Whether the address found a browser; waits until that is known."""
    failed = threading.Event()
    open_in_browser(url, failed.set)
    for thread in threading.enumerate():
        if thread.name == "browser":
            thread.join(TIMEOUT_S)
    return not failed.is_set()


@pytest.fixture(autouse=True)
def fresh_webbrowser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The module looks for browsers once a process."""
    monkeypatch.setattr(webbrowser, "_tryorder", None)
    monkeypatch.setattr(webbrowser, "_browsers", {})


def test_the_browser_of_the_environment_gets_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script, seen = tmp_path / "browser.py", tmp_path / "seen"
    script.write_text("import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])")
    monkeypatch.setenv("BROWSER", shlex.join([sys.executable, str(script), str(seen), "%s"]))
    assert opens("http://127.0.0.1:1/#member=bot")
    assert seen.read_text() == "http://127.0.0.1:1/#member=bot"


def test_without_a_browser_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("BROWSER", raising=False)
    assert not opens("http://127.0.0.1:1/")


def test_a_text_browser_does_not_take_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BROWSER", raising=False)
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("true"))
    assert not opens("http://127.0.0.1:1/")
