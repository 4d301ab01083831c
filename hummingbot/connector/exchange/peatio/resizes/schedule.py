"""When cycles of a pegged coin are known to begin, and how far around them quotes are off. No I/O."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CycleSchedule:
    """
    :ivar first_s: when one begins, epoch seconds; those before and after it are `every_s` apart
    :ivar every_s: None where no other is known
    :ivar before_s, after_s: so long before and after it no quote is to be open
    """

    first_s: float
    every_s: float | None
    before_s: float
    after_s: float

    def pause_ends_s(self, now_s: float) -> float | None:
        """When the pause that `now_s` is in ends; None where it is in none."""
        since_s = now_s - self.first_s
        if self.every_s is not None:
            since_s = (since_s + self.before_s) % self.every_s - self.before_s
        if -self.before_s <= since_s < self.after_s:
            return now_s - since_s + self.after_s
        return None
