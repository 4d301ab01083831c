"""The REST interface and the gateway in front of it."""
