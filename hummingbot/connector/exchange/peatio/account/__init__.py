"""Balances and fees of the account."""
