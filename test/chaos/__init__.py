"""Chaos: the real connector under every fault the sandbox knows, killed and started again, compared to the last digit.

`python -m test.chaos --seeds 50` runs it. The package is a test of its own and is not shipped.
"""
