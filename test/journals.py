"""Order journals for tests: as a bot leaves them behind, or as it writes them."""

import logging
from pathlib import Path

from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.journal_file import JournalFile


def open_journal(path: Path, owner: str, account: str) -> IntentJournal:
    journal = IntentJournal(lambda: JournalFile(path, owner, account), logging.getLogger("test"))
    journal.open()
    return journal
