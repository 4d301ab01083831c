"""Sees secrets in log records: those of every sandbox account, the tests' own, tokens and private keys."""

import logging
import re
import traceback
from typing import Any

from peatio_sandbox.config import MemberAccount
from test.hummingbot.connector.exchange.peatio.fixtures import SECRET

_secrets = {SECRET}
_leaks: list[str] = []
# A signed token, and the beginning of a private key.
_TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY")


def watch() -> None:
    """From now on every record is looked at when it is made, whether or not anybody writes it down."""
    make_record = logging.getLogRecordFactory()
    make_account = MemberAccount.__init__

    def watched(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make_record(*args, **kwargs)
        if _has_secret(record):
            _leaks.append(f"{record.name} ({record.pathname}:{record.lineno})")
        return record

    def remembered(account: MemberAccount, *args: Any, **kwargs: Any) -> None:
        make_account(account, *args, **kwargs)
        _secrets.add(account.secret)

    logging.setLogRecordFactory(watched)
    MemberAccount.__init__ = remembered  # type: ignore[method-assign, assignment]


def take_leaks() -> list[str]:
    """Where a secret was logged since the last call."""
    taken = _leaks.copy()
    _leaks.clear()
    return taken


def _has_secret(record: logging.LogRecord) -> bool:
    text = f"{record.msg} {record.args}"
    if record.exc_info and record.exc_info[1] is not None:
        text += "".join(traceback.format_exception(record.exc_info[1]))
    return _TOKEN.search(text) is not None or any(secret in text for secret in _secrets)
