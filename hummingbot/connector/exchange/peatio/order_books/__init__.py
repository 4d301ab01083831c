"""Order books that follow the exchange."""
