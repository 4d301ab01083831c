"""Market data without a trading connector: candles and rates."""
