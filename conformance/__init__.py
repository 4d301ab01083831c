"""Runners that compare the sandbox with recordings of real servers. Not shipped in the wheel."""
