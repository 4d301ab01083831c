"""How fast the connector is, beside Hummingbot's binance connector on the same loopback load (docs/performance.md)."""
