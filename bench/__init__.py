"""Measures the connector beside Hummingbot's binance connector, on the same load (docs/operate/performance.md)."""
