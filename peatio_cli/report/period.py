"""The period of a report, from `--from` and `--to`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


class PeriodError(Exception):
    """A period that cannot be read; the text says what to write."""


@dataclass(frozen=True)
class Period:
    """:ivar from_s: the first moment that counts, epoch seconds; None is the beginning of the history
    :ivar to_s: the first moment that no longer counts; None is now
    """

    from_s: float | None = None
    to_s: float | None = None

    def has(self, time_s: float) -> bool:
        return (self.from_s is None or time_s >= self.from_s) and (self.to_s is None or time_s < self.to_s)

    def __str__(self) -> str:
        start = "the beginning of the history" if self.from_s is None else shown(self.from_s)
        return f"from {start} to {'now' if self.to_s is None else shown(self.to_s)}"


def read_period(from_text: str | None, to_text: str | None) -> Period:
    """The period of two days or times, in UTC unless they name a zone. A day counts whole, also as the end.

    :raises PeriodError: when one of them is neither, or the end is not after the start
    """
    start = None if from_text is None else _possible("--from", from_text, is_end=False)
    end = None if to_text is None else _possible("--to", to_text, is_end=True)
    if start is not None and end is not None and end <= start:
        raise PeriodError(f"--to {to_text} is not after --from {from_text}; remedy: give an earlier --from")
    return Period(start, end)


def shown(time_s: float) -> str:
    """A moment for the user, to the second, in UTC."""
    return f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%d %H:%M:%S} UTC"


def as_option(time_s: float) -> str:
    """A moment as `--from` takes it, to the second."""
    return f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%dT%H:%M:%S}"


def _possible(option: str, text: str, is_end: bool) -> float:
    try:
        moment_s = _moment(option, text, is_end)
        shown(moment_s)
    except (OverflowError, ValueError):
        raise PeriodError(f"{option} {text} is outside of the calendar; remedy: omit it or write another day") from None
    return moment_s


def _moment(option: str, text: str, is_end: bool) -> float:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return (midnight + timedelta(days=1) if is_end else midnight).timestamp()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise PeriodError(
            f"{option} {text} is neither a day nor a time; remedy: write 2026-11-30, or 2026-11-30T18:00 (UTC)"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
