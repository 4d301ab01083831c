"""`hummingbot-peatio guard`: cancels the orders of a bot that died."""
