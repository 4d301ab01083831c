"""Opens an address in the user's browser without blocking the caller or the terminal."""

import os
import threading
import webbrowser
from collections.abc import Callable


def open_in_browser(url: str, on_failure: Callable[[], None]) -> None:
    """Open `url` in the background; `on_failure` is called, from another thread, if there is no browser."""

    def open_it() -> None:
        if not _open(url):
            on_failure()

    # The call may not return until the browser is closed.
    threading.Thread(target=open_it, name="browser", daemon=True).start()


def _open(url: str) -> bool:
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    # A text browser such as lynx would take the terminal; it is used only if BROWSER names it.
    if type(browser) is webbrowser.GenericBrowser and not os.environ.get("BROWSER"):
        return False
    return browser.open(url)
