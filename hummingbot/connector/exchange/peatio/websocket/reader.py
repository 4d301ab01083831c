"""Decodes the text of a message."""

import json
from typing import Any

from hummingbot.connector.exchange.peatio.common.fields import exact_number

_DECODER = json.JSONDecoder()
_EXACT_DECODER = json.JSONDecoder(parse_float=exact_number)


def decoded(text: str, is_exact: bool = False) -> Any:
    """The message's JSON, or the text where it is none ("pong").

    :param is_exact: whether a fraction becomes a Decimal with all its digits instead of a float
    """
    decoder = _EXACT_DECODER if is_exact else _DECODER
    try:
        # The other work of json.loads (blanks at both ends, options) takes longer than decoding a message.
        data, end = decoder.raw_decode(text)
        if end == len(text):
            return data
    except ValueError:
        pass  # the whole decoder decides
    try:
        return decoder.decode(text)
    except ValueError:
        return text
