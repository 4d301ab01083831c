"""Orders that the exchange makes smaller or larger without a trade: what a pegged coin's cycle does. No I/O."""
