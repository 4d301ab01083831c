"""`hummingbot-peatio report`: trades, fees and profit from the exact history beside the journal."""
