"""API keys and secrets as users paste them."""

import re

from hummingbot.connector.exchange.peatio.common.errors import ConfigError

# Blanks, line breaks, and what is invisible in a browser: zero-width characters and a byte order mark.
_BLANK = r"[\s\x00-\x1f\x7f\u200b-\u200d\u2060\ufeff]"
_AROUND = re.compile(rf"^{_BLANK}+|{_BLANK}+$")


def without_blanks(text: str) -> str:
    """The text without what was copied with it at either end."""
    return _AROUND.sub("", text)


def usable_key(text: str, what: str, name: str) -> str:
    """`without_blanks`; empty stays empty.

    :param what: `key` or `secret`, for the message
    :param name: the connector's
    :raises ConfigError: when blanks or line breaks remain inside: it would be no header of a request
    """
    key = without_blanks(text)
    if re.search(_BLANK, key):
        raise ConfigError(
            f"The API {what} has a blank or a line break inside, which no key has. Paste it again: "
            f"./hbot connect {name} --replace"
        )
    return key
