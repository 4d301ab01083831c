"""The exchange itself: orders, matching, ledger, markets. It knows nothing of HTTP."""
