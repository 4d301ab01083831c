BEGIN TRANSACTION;
CREATE TABLE intents (
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
    updated_at_s REAL NOT NULL
);
INSERT INTO "intents" VALUES('sent','owner','account','DOGE-BTC','dogebtc',1,'12345.67890123','0.00002431',1795207684.5,'sent',NULL,NULL,NULL,4102444800.0);
INSERT INTO "intents" VALUES('live','owner','account','DOGE-BTC','dogebtc',1,'12345.67890123','0.00002431',1795207684.5,'live','11','0.001','0.002',4102444800.0);
INSERT INTO "intents" VALUES('watched','owner','account','DOGE-BTC','dogebtc',1,'12345.67890123','0.00002431',1795207684.5,'watched',NULL,NULL,NULL,4102444800.0);
INSERT INTO "intents" VALUES('ended','owner','account','DOGE-BTC','dogebtc',1,'12345.67890123','0.00002431',1795207684.5,'ended','12','0.001','0.002',4102444800.0);
INSERT INTO "intents" VALUES('closed','owner','account','DOGE-BTC','dogebtc',1,'12345.67890123','0.00002431',1795207684.5,'closed','13','0.001','0.002',4102444800.0);
INSERT INTO "intents" VALUES('market','owner','account','DOGE-BTC','dogebtc',1,'12345.67890123',NULL,1795207684.5,'sent',NULL,NULL,NULL,4102444800.0);
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "meta" VALUES('schema_version','1');
CREATE INDEX intents_open ON intents (owner, state);
CREATE INDEX intents_exchange_order_id ON intents (account, exchange_order_id);
COMMIT;
