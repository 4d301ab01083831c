"""Rows of the journal that an earlier run wrote with another API key: the same account's, or another's.

The journal knows an account by site and key. What identifies it is its member: a new key of the same member settles the
orders of the old one, a key of somebody else leaves them as they are.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    AuthError,
    MessageError,
    NotFoundError,
    RefusedError,
    RequestError,
)
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.execution.intent import Intent
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.journal_file import JournalFile
from hummingbot.connector.exchange.peatio.execution.journal_lock import account_of, borrowed
from hummingbot.connector.exchange.peatio.guard.heartbeat import remove_heartbeat
from hummingbot.connector.exchange.peatio.http.client import RestClient

# How much of a key id is shown: enough to find the key in one's profile at the exchange.
SHOWN_OF_KEY = 4
# How many orders of another key are asked for with the present one.
ASKED_ORDERS = 5


class FormerKeys:
    """
    :param folder: the instance's data folder
    :param site: the exchange's URL
    :param login: the key id, or the user id of a JWT login; only its first characters are written down
    :param notify: shows a line to the user
    """

    def __init__(
        self,
        folder: Path,
        site: str,
        login: str,
        rest: RestClient,
        journal: IntentJournal,
        notify: Callable[[str], None],
        sleep: Callable[[float], Awaitable[None]],
        logger: logging.Logger,
    ) -> None:
        self._folder = folder
        self._site = site
        self._login = login
        self._rest = rest
        self._journal = journal
        self._notify = notify
        self._sleep = sleep
        self._logger = logger

    async def take_over(self) -> None:
        """Makes the rows of the same account under another key this bot's; the others stay as they are.

        :raises JournalError: when the journal cannot be used
        """
        file = self._journal.file
        member = await self._member()
        note = {"site": self._site, "key": f"{self._login[:SHOWN_OF_KEY]}…", "member": member}
        file.note_account(account_of(self._site, self._login), json.dumps(note))
        left: list[str] = []
        for owner, account in file.strangers():
            with borrowed(self._folder, owner) as is_free:
                if not is_free:
                    continue  # its bot runs
            left += await self._settle(file, owner, account, member)
        if left:
            self._notify(
                "The order journal has open orders that were placed with another API key and are not known to be this "
                f"account's: {'; '.join(left)}. They are left as they are. Start the bot with that key to settle them."
            )

    async def _settle(self, file: JournalFile, owner: str, account: str, member: str) -> list[str]:
        """
        :return: what the user has to know of rows that are not this account's
        """
        note = json.loads(file.account_note(account) or "{}")
        if note.get("site", self._site) != self._site:
            return []  # another connector's
        # A JWT login's account is its member.
        theirs = note.get("member") or (account if account == member else "")
        if theirs and member:
            is_same = theirs == member
        else:
            is_same = await self._knows_one_of(file.known_orders(owner, ASKED_ORDERS))
        if is_same:
            with borrowed(self._folder, owner) as is_free:
                if is_free:
                    self._take_over(owner)
            return []
        ids = ", ".join(intent.client_order_id for intent in file.unfinished(owner))
        if not ids:
            return []  # its orders have ended; their fills wait for their strategy
        return [f"{ids} (key {note['key']})" if "key" in note else ids]

    def _take_over(self, owner: str) -> None:
        count = self._journal.take_over(owner)
        remove_heartbeat(self._folder, owner)
        self._logger.info(f"{count} order(s) of this account were placed with another API key; settling them now.")

    async def _member(self) -> str:
        """A mark of the account's member; "" where the exchange does not report it (before 3.1)."""
        try:
            uid = await self._rest.member_uid()
        except (RequestError, MessageError) as error:
            self._logger.debug(f"The exchange did not report whose key this is: {error}")
            return ""
        return account_of(self._site, uid) if uid else ""

    async def _knows_one_of(self, intents: Iterable[Intent]) -> bool:
        """Whether one of these orders is this account's."""
        for intent in intents:
            if await self._knows(intent):
                return True
        return False

    async def _knows(self, intent: Intent) -> bool:
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.SNAPSHOT_TIMEOUT_S)
        while True:
            try:
                report = await self._rest.order(str(intent.exchange_order_id))
                # Another exchange counts its orders from 1 as well.
                return report.fingerprint == intent.fingerprint
            except (RequestError, MessageError) as error:
                is_answer = isinstance(error, NotFoundError) or (
                    isinstance(error, RefusedError) and not isinstance(error, AuthError) and bool(error.codes)
                )
                if is_answer:
                    return False
                self._logger.warning(
                    f"It is not known yet whether order {intent.client_order_id} is this account's: {error}"
                )
            await self._sleep(backoff.next_s())
