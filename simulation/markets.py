"""The markets of every simulated exchange, by their symbols."""

MARKETS = ("btcusd", "ethusd", "dogebtc")
