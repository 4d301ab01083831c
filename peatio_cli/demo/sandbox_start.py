"""The sandbox's address is there at once; what it answers with is loaded afterwards, which takes a second."""

import os
import signal
import socket

from peatio_sandbox.listening import headline, listening, url_of


def announced(host: str, port: int, quiet: bool) -> socket.socket | None:
    """A socket that listens, whose address has been printed; None where the command itself must listen."""
    if not host:
        return None
    try:
        sock = listening(host, port)
    except OSError:
        return None  # the command tries it once more, and has the message
    if sock is not None:
        # Who reads the address may end the sandbox before it is loaded. No exception: it would appear in an import.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: os._exit(0))
        url = url_of(sock)
        print(url if quiet else headline(url), flush=True)
    return sock
