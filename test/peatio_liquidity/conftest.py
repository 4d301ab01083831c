"""Two exchanges: an outer one with people on it, and one's own, which is empty."""

from test.end_to_end.conftest import data_folder, short_waits

__all__ = ["data_folder", "short_waits"]
