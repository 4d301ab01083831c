"""`hummingbot-peatio demo` and `sandbox`: a market maker on the local exchange."""
