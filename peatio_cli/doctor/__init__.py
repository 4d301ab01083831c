"""`hummingbot-peatio doctor`: checks of an exchange and of a key."""
