"""The life of an order, from Hummingbot's call to its last report."""
