"""REST: requests, rate limits, connections, tokens."""
