"""Delivers one message to one address with apprise: `python -m peatio_cli.alerts.deliver`, as `Courier` runs it.

A process of its own: apprise waits in blocking calls, its plugins and the HTTP library below write addresses into
logs, and what it imports is of no use to a guard. The request comes by stdin, because others can read a command line;
the answer goes to stdout and holds nothing of the address; nothing is written to stderr.
"""

import contextlib
import io
import json
import logging
import re
import sys
from typing import Any, TypedDict

#: apprise's plugins write the server's refusal so. Nothing else of their logs is safe to show.
_HTTP_STATUS = re.compile(r"\berror=(\d{3})\b")

MISSING = "the library apprise is missing; remedy: pip install 'hummingbot-peatio[alerts]'"
UNKNOWN = "it is no address that apprise knows; remedy: compare it with apprise's list of services"
NOT_TAKEN = "it could not be reached, or did not take the message"


class Answer(TypedDict):
    """:ivar service: such as Telegram; "" where the address is none
    :ivar problem: why it was not delivered; "" where it was
    """

    service: str
    problem: str


class _StatusSeen(logging.Handler):
    status = ""

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(Exception):
            found = _HTTP_STATUS.search(record.getMessage())
            self.status = found[1] if found else self.status


def deliver(address: str, title: str, body: str, kind: str) -> Answer:
    """Blocks for as long as the service does; whoever waits sets the limit.

    :param kind: warning, success or info, which services show by a colour or an icon
    """
    try:
        import apprise
    except ImportError:
        return Answer(service="", problem=MISSING)
    seen = _StatusSeen()
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.addHandler(seen)
    server = apprise.Apprise.instantiate(address)
    if not isinstance(server, apprise.NotifyBase):
        return Answer(service="", problem=UNKNOWN)
    # apprise knows what each service takes at most; unless asked, it sends more and the service refuses it.
    server.overflow_mode = apprise.OverflowMode.SPLIT
    everybody = apprise.Apprise()
    everybody.add(server)
    is_sent = everybody.notify(
        body=body, title=title, notify_type=apprise.NotifyType(kind), body_format=apprise.NotifyFormat.TEXT
    )
    refusal = f"it refused the message (HTTP {seen.status})" if seen.status else NOT_TAKEN
    return Answer(service=str(server.service_name), problem="" if is_sent else refusal)


def main() -> int:
    """Answers one request; returns the exit code."""
    request: dict[str, Any] = json.load(sys.stdin)
    # urllib3 logs paths, which hold tokens; nobody reads this process's logs.
    logging.root.handlers = [logging.NullHandler()]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            answer = deliver(request["address"], request["title"], request["body"], request["kind"])
        except Exception as error:
            # The text of the exception may hold the address.
            answer = Answer(service="", problem=f"apprise failed ({type(error).__name__})")
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
