"""The requests for REST depth beside one market's stream: as the last resort, and to compare a book that came back."""

from hummingbot.connector.exchange.peatio.order_books.commands import AskDepth, Cancel, Command, Job
from hummingbot.connector.exchange.peatio.order_books.counts import BookCounts
from hummingbot.connector.exchange.peatio.order_books.depth import Answer, DepthCheck, DepthFeed
from hummingbot.connector.exchange.peatio.order_books.levels import SyncedLevels


class DepthJobs:
    """At most one feed and one check; each input returns the commands that it leads to. Pure."""

    def __init__(self, trading_pair: str, levels: SyncedLevels, counts: BookCounts) -> None:
        self._trading_pair = trading_pair
        self._levels = levels
        self._counts = counts
        self._feed: DepthFeed | None = None
        self._check: DepthCheck | None = None

    @property
    def is_filling(self) -> bool:
        """Whether the levels in the book are those of depth."""
        return self._feed is not None and self._feed.is_filling

    @property
    def differs(self) -> bool:
        """Whether depth was found to differ from the followed book."""
        return self._check is not None and self._check.differs

    def start_feed(self, now_s: float) -> list[Command]:
        """Nothing where it runs already."""
        if self._feed is not None:
            return []
        self._feed = DepthFeed(self._trading_pair, self._levels, self._counts, now_s)
        return [AskDepth(Job.FEED)]

    def stop_feed(self) -> list[Command]:
        if self._feed is None:
            return []
        self._feed = None
        return [Cancel(Job.FEED)]

    def on_replayed(self) -> None:
        """A replay takes the place of what depth has filled."""
        if self._feed is not None:
            self._feed.is_filling = False

    def expire_feed(self, fed_markets: int, now_s: float) -> list[Command]:
        """Ends depth that is too old."""
        return [] if self._feed is None else self._feed.expire(fed_markets, now_s)

    def start_check(self, sequence: int) -> list[Command]:
        """:param sequence: of the book that came back"""
        self._check = DepthCheck(self._trading_pair, self._levels, self._counts, sequence)
        return self._check.start()

    def stop_check(self) -> list[Command]:
        if self._check is None:
            return []
        self._check = None
        return [Cancel(Job.CHECK)]

    def on_timer(self, job: Job, sequence: int) -> list[Command]:
        """The delay of a `Wait` has passed."""
        if job is Job.CHECK and self._check is not None:
            return self._check.on_timer(sequence)
        return [AskDepth(job)] if job is Job.FEED and self._feed is not None else []

    def on_depth(self, job: Job, answer: Answer, sequence: int, reason: str, now_s: float) -> list[Command]:
        """
        :param reason: why the stream does not fill the book
        """
        if job is Job.CHECK and self._check is not None:
            return self._check.on_depth(answer, sequence)
        if job is Job.FEED and self._feed is not None:
            return self._feed.on_depth(answer, reason, now_s)
        return []
