"""Order journals for tests: as a bot leaves them behind, or as it writes them."""

import logging
from pathlib import Path

from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.journal_file import JournalFile

#: What versions before the history made: form 1, with closed orders among the open ones.
FORM_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO meta VALUES ('schema_version', '1');
CREATE TABLE intents (
    client_order_id TEXT PRIMARY KEY, owner TEXT NOT NULL, account TEXT NOT NULL, trading_pair TEXT NOT NULL,
    market TEXT NOT NULL, is_buy INTEGER NOT NULL, amount TEXT NOT NULL, price TEXT, created_at_s REAL NOT NULL,
    state TEXT NOT NULL, exchange_order_id TEXT, maker_fee TEXT, taker_fee TEXT, updated_at_s REAL NOT NULL
);
CREATE INDEX intents_open ON intents (owner, state);
CREATE INDEX intents_exchange_order_id ON intents (account, exchange_order_id);
"""


def open_journal(path: Path, owner: str, account: str) -> IntentJournal:
    journal = IntentJournal(lambda: JournalFile(path, owner, account), logging.getLogger("test"))
    journal.open()
    return journal
