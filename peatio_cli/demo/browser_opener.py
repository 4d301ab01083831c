"""Opens an address in the user's browser, without the terminal or the caller having to wait for it."""

import os
import threading
import webbrowser
from collections.abc import Callable


def open_in_browser(url: str, on_failure: Callable[[], None]) -> None:
    """Open `url` in the background; `on_failure` is called, from another thread, where there is no browser for it."""

    def open_it() -> None:
        if not _open(url):
            on_failure()

    # A browser may keep its starter waiting until it is closed.
    threading.Thread(target=open_it, name="browser", daemon=True).start()


def _open(url: str) -> bool:
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    # lynx and its like would take the terminal; who names one in BROWSER wants it so.
    if type(browser) is webbrowser.GenericBrowser and not os.environ.get("BROWSER"):
        return False
    return browser.open(url)
