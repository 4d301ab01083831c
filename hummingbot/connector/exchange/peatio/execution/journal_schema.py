"""The tables of the order journal's file, and the statements that write them."""

# In a file of an earlier version `intents` has indexes: it also held what was closed. Here it holds the few open rows,
# each written three times, so that an index would cost more than it saves.
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS intents (
    client_order_id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    account TEXT NOT NULL,
    trading_pair TEXT NOT NULL,
    market TEXT NOT NULL,
    is_buy INTEGER NOT NULL,
    amount TEXT NOT NULL,
    price TEXT,
    created_at_s REAL NOT NULL,
    state TEXT NOT NULL,
    exchange_order_id TEXT,
    maker_fee TEXT,
    taker_fee TEXT,
    updated_at_s REAL NOT NULL,
    is_maker_only INTEGER NOT NULL DEFAULT 0,
    database TEXT,
    newest_order_id INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS wanted_cancels (client_order_id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS replaced_orders (
    account TEXT NOT NULL,
    exchange_order_id TEXT NOT NULL,
    client_order_id TEXT NOT NULL,
    PRIMARY KEY (account, exchange_order_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS replaced_orders_client_order_id ON replaced_orders (client_order_id);
CREATE TABLE IF NOT EXISTS follow_ups (
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    exchange_order_id TEXT NOT NULL,
    client_order_id TEXT NOT NULL,
    PRIMARY KEY (owner, kind, exchange_order_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS order_history (
    id INTEGER PRIMARY KEY,
    client_order_id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    account TEXT NOT NULL,
    trading_pair TEXT NOT NULL,
    market TEXT NOT NULL,
    is_buy INTEGER NOT NULL,
    amount TEXT NOT NULL,
    price TEXT,
    created_at_s REAL NOT NULL,
    exchange_order_id TEXT,
    maker_fee TEXT,
    taker_fee TEXT,
    is_maker_only INTEGER NOT NULL,
    database TEXT,
    live_at_s REAL,
    closed_at_s REAL NOT NULL,
    end TEXT
);
CREATE INDEX IF NOT EXISTS order_history_exchange_order_id ON order_history (account, exchange_order_id);
CREATE TABLE IF NOT EXISTS fill_history (
    id INTEGER PRIMARY KEY,
    client_order_id TEXT NOT NULL,
    trade_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    account TEXT NOT NULL,
    exchange_order_id TEXT NOT NULL,
    trading_pair TEXT NOT NULL,
    is_buy INTEGER NOT NULL,
    price TEXT NOT NULL,
    amount TEXT NOT NULL,
    total TEXT NOT NULL,
    fee TEXT NOT NULL,
    fee_currency TEXT NOT NULL,
    is_taker INTEGER NOT NULL,
    filled_at_s REAL NOT NULL,
    recorded_at_s REAL NOT NULL,
    UNIQUE (client_order_id, trade_id)
);
"""
# An account is a site and an API key; an exchange counts the orders of all its members in one sequence.
SAME_SITE = (
    "SELECT ? UNION SELECT substr(meta.key, 9) FROM meta JOIN meta AS own ON own.key = 'account ' || ? "
    "WHERE meta.key LIKE 'account %' AND json_extract(meta.value, '$.site') = json_extract(own.value, '$.site')"
)
INSERT = f"INSERT INTO intents VALUES ({', '.join('?' * 17)})"
UPSERT = (
    f"{INSERT} ON CONFLICT (client_order_id) DO UPDATE SET "
    "state = excluded.state, exchange_order_id = excluded.exchange_order_id, maker_fee = excluded.maker_fee, "
    "taker_fee = excluded.taker_fee, created_at_s = excluded.created_at_s, updated_at_s = excluded.updated_at_s, "
    "newest_order_id = excluded.newest_order_id"
)
_KEPT_COLUMNS = (
    "client_order_id, owner, account, trading_pair, market, is_buy, amount, price, created_at_s, exchange_order_id, "
    "maker_fee, taker_fee, is_maker_only, database"
)
# An order can end twice: by a prompt cancel, and once more after a restart of the engine. The first end stands.
_INTO_HISTORY = (
    f"INSERT INTO order_history ({_KEPT_COLUMNS}, live_at_s, closed_at_s, end) SELECT {_KEPT_COLUMNS}, {{values}} "
    "FROM intents WHERE client_order_id = ? ON CONFLICT (client_order_id) DO NOTHING"
)
CLOSE, MOVE = _INTO_HISTORY.format(values="?, ?, ?"), _INTO_HISTORY.format(values="NULL, updated_at_s, NULL")
DELETE = "DELETE FROM intents WHERE client_order_id = ?"
WANT_CANCEL = "INSERT OR IGNORE INTO wanted_cancels VALUES (?)"
FORGET_CANCEL = "DELETE FROM wanted_cancels WHERE client_order_id = ?"
REPLACED = "INSERT OR IGNORE INTO replaced_orders VALUES (?, ?, ?)"
FOLLOW_UP = "INSERT OR IGNORE INTO follow_ups VALUES (?, ?, ?, ?)"
FOLLOWED_UP = "DELETE FROM follow_ups WHERE owner = ? AND kind = ? AND exchange_order_id = ?"
_FOLLOWED_COLUMNS = (
    "client_order_id, trading_pair, market, is_buy, amount, price, created_at_s, 'closed', "
    "follow_ups.exchange_order_id, maker_fee, taker_fee, 0, is_maker_only, database, 0, kind"
)
# One that goes on has a row, one that has ended is in the history, one that was taken back is in both.
FOLLOW_UPS = " UNION ALL ".join(
    f"SELECT {_FOLLOWED_COLUMNS} FROM follow_ups JOIN {table} USING (client_order_id) WHERE follow_ups.owner = ?"
    for table in ("order_history", "intents")
)
FILL = (
    f"INSERT INTO fill_history VALUES (NULL, {', '.join('?' * 15)}) ON CONFLICT (client_order_id, trade_id) DO NOTHING"
)

#: The tables in which an exchange's id is looked for: a row has the id that its order has now.
CLAIMING = ("intents", "order_history", "replaced_orders")
# What a file of an earlier version may lack.
ADDED_TABLES = ("replaced_orders", "follow_ups")
# What the rows of form 1 lack, and the last one those that the first commits of form 2 wrote.
ADDED_COLUMNS = {
    "is_maker_only": "INTEGER NOT NULL DEFAULT 0",
    "database": "TEXT",
    "newest_order_id": "INTEGER NOT NULL DEFAULT 0",
}
