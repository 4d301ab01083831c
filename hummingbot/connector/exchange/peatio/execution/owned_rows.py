"""This bot's rows of the order journal: the lock that makes them its own, and the file that shows no others."""

from hummingbot.connector.exchange.peatio.execution.engine_host import EngineIdentity
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME, JournalFile
from hummingbot.connector.exchange.peatio.execution.journal_lock import JournalLock, acquire


class OwnedRows:
    """
    :ivar identity: whose rows they are
    :ivar lock: None while no rows are this bot's
    """

    def __init__(self, identity: EngineIdentity) -> None:
        self.identity = identity
        self.lock: JournalLock | None = None

    def own(self) -> JournalLock | None:
        """Takes the rows of this bot.

        :return: None while a connector of this process is still stopping that has them
        :raises JournalError: when the lock cannot be used
        """
        if self.lock is None:
            self.lock = acquire(self.identity.folder, self.identity.instance, self.identity.account)
        return self.lock

    def open_file(self) -> JournalFile:
        """:raises JournalError: when the file cannot be used"""
        assert self.lock is not None
        return JournalFile(self.identity.folder / JOURNAL_NAME, self.lock.owner, self.identity.account)

    def release(self) -> None:
        """The rows are free for the next bot of this account."""
        if self.lock is not None:
            lock, self.lock = self.lock, None
            lock.release()
