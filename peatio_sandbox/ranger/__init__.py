"""The websocket server, behaving as Rango 3.1.0 does."""
