"""Hummingbot's user stream tracker, knowing whether the private stream really stands."""

from hummingbot.core.data_type.user_stream_tracker import UserStreamTracker


class PeatioUserStreamTracker(UserStreamTracker):
    """Adds `is_live`."""

    @property
    def is_live(self) -> bool:
        """Whether the exchange acknowledged our private streams on the present connection.

        A socket alone means little: without a valid login Ranger keeps it open and silent.
        """
        return bool(self.data_source.is_subscribed)
