"""A client of Halo's tracker, this one or a real one, for asyncio."""

from __future__ import annotations

from typing import Any

import aiohttp

from peatio_sandbox.peg.wire import dump_call, load_answer

TIMEOUT_S = 10.0


class TrackerClient:
    """Calls commands by name. ``await client.call("GetBalance", "alice")``

    Args:
        url: ends with ``/RPC2``.
        password: added to each call as its last parameter, or as its first for ``StartExchange``.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str, password: str = "") -> None:
        self._session = session
        self._url = url
        self._password = password

    def __repr__(self) -> str:
        return f"TrackerClient({self._url!r})"

    async def call(self, method: str, *parameters: Any) -> Any:
        """Return the answer to a call; all parameters before the password have to be given.

        Raises:
            xmlrpc.client.Fault: the tracker answered with a fault.
            aiohttp.ClientError: it could not be reached, or answered no 200.
            TimeoutError: it did not answer in time.
            peatio_sandbox.peg.wire.WireError: its answer is no XML-RPC.
            OverflowError: an integer needs more than 64 bits.
        """
        if method == "StartExchange":
            parameters = (self._password, *parameters)
        elif method != "API":
            parameters = (*parameters, self._password)
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        headers = {"Content-Type": "text/xml"}
        body = dump_call(method, parameters)
        async with self._session.post(
            self._url, data=body, headers=headers, timeout=timeout, allow_redirects=False, raise_for_status=True
        ) as answer:
            return load_answer(await answer.read())
