"""`hummingbot-peatio console`: Hummingbot's full-screen console."""
