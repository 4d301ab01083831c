"""Hummingbot's strategies, each run for a while on the sandbox and compared with its ledger."""
