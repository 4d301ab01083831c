"""The simulation's own parts, each by itself."""
