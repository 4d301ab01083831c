"""How the page looks at a member's account: a session that may read. One member's may also trade, by hand.

A browser cannot set headers on a websocket, and a page should hold no API keys. On a real exchange a web page has a
session of Barong's instead, by a cookie. Here the sandbox itself gives sessions away, without a password:
``POST /sandbox/sessions {"member": "bot"}``. The token goes into a header of REST requests and into the query of the
private websocket's address, so that two tabs may look at two members. No recorded Peatio knows it.

The session of the *manual trader* also creates and cancels orders, from this machine and from the page itself only:
the page of another site cannot trade, even though the browser that shows it runs on this machine.
"""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from peatio_sandbox.exchange.records import Member
from peatio_sandbox.ranger.handshake import is_own_origin
from peatio_sandbox.rest.callers import refusal_for
from peatio_sandbox.rest.common import answer
from peatio_sandbox.rest.validation import ApiError

HEADER = "X-Sandbox-Session"
#: Names one press of a button. Browsers send a POST again by themselves when a kept connection ends without an answer.
REQUEST_HEADER = "X-Sandbox-Request"
#: So many of these names are remembered.
REQUESTS_KEPT = 10_000
#: Name of the query parameter in the address of the private websocket.
PARAMETER = "session"


class PageSessions:
    """Gives sessions away and knows them again.

    Args:
        members: name -> member.
        manual_trader: name of the member whose session may also trade; None: nobody's.
    """

    def __init__(self, members: Mapping[str, Member], manual_trader: str | None = None) -> None:
        self._members = members
        self._manual_trader = manual_trader
        self._tokens: dict[str, str] = {}
        self._requests: OrderedDict[str, None] = OrderedDict()

    def open(self, name: str) -> str:
        """Return the token of a member's session, the same one each time.

        Raises:
            KeyError: there is no such member.
        """
        member = self._members[name]
        known = next((token for token, owner in self._tokens.items() if owner == name), None)
        if known is None:
            known = secrets.token_urlsafe(16)
            self._tokens[known] = member.name
        return known

    def member(self, request: web.Request) -> Member | None:
        """Return whose session a request belongs to; None without one, and for what its session may not do.

        Raises:
            ApiError: 409; it is one that came before, sent again by the browser.
        """
        if request.method == "GET":
            token = request.headers.get(HEADER) or request.query.get(PARAMETER, "")
        elif request.method == "POST":
            # A header of its own: the browser asks the server before another site's page may send one.
            token = request.headers.get(HEADER, "")
        else:
            return None
        name = self._tokens.get(token)
        if name is None or not (request.method == "GET" or self._may_trade(name, request)):
            return None
        if request.method == "POST":
            self._note(request.headers.get(REQUEST_HEADER))
        return self._members[name]

    def _note(self, name: str | None) -> None:
        if name is None:
            return
        if name in self._requests:
            raise ApiError(409, "sandbox.request_repeated")
        self._requests[name] = None
        if len(self._requests) > REQUESTS_KEPT:
            self._requests.popitem(last=False)

    def _may_trade(self, name: str, request: web.Request) -> bool:
        return name == self._manual_trader and refusal_for(request, "orders") is None


class PageControl:
    """Handlers of ``/sandbox/page`` and ``/sandbox/sessions``.

    Args:
        sessions: gives them away.
        members: names of those whose account may be looked at.
        about: what else the page is to know of this sandbox.
        trading: how the page's order form trades, as `member` and the routes of orders; None: there is no form.
    """

    def __init__(
        self,
        sessions: PageSessions,
        members: Iterable[str],
        about: Mapping[str, Any],
        trading: Mapping[str, Any] | None = None,
    ) -> None:
        self._sessions = sessions
        self._members = tuple(members)
        self._about = about
        self._trading = trading

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register both."""
        router.add_get("/sandbox/page", self.page)
        router.add_post("/sandbox/sessions", self.open_session)

    async def page(self, request: web.Request) -> web.Response:
        """Return what the page begins with: whether it shows an exchange or a recording, whose account it may show,
        and how it may trade: `trading` is null without a manual trader, and has a `refusal` where it is not allowed."""
        reason = refusal_for(request, "orders by hand")
        trading = self._trading if self._trading is None or reason is None else {"refusal": reason}
        return answer({"mode": "live", "members": self._members, "trading": trading, **self._about})

    async def open_session(self, request: web.Request) -> web.Response:
        """Give a session away; return its token. Another site's page gets none."""
        if not is_own_origin(request):
            return answer({"errors": ["sessions are not for the pages of other sites"]}, 403)
        try:
            name = json.loads(await request.text())["member"]
        except (ValueError, TypeError, KeyError):
            return answer({"errors": ['the body must be an object such as {"member": "bot"}']}, 422)
        if name not in self._members:
            return answer({"errors": [f"there is no member {name!r}; there are {', '.join(self._members)}"]}, 422)
        return answer({"token": self._sessions.open(name)}, 201)
