"""Timer schedules: NCRONTAB (`second minute hour day month weekday`) and `hh:mm:ss` intervals. Pure; UTC.

As NCrontab does it, a day must fit both the day of the month and the weekday (Unix cron takes either), and
Sunday is 0 only. A schedule with five fields has seconds 0.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from .errors import ScheduleError

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
LONGEST_CYCLE_YEARS = 28  # after so many years weekdays fall on the same dates again


@dataclass(frozen=True, slots=True)
class Field:
    """What a field may hold, and the names that stand for its numbers from `low` on."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


FIELDS = (
    Field("second", 0, 59),
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day", 1, 31),
    Field("month", 1, 12, MONTHS),
    Field("weekday", 0, 6, WEEKDAYS),
)
PART = re.compile(r"(?P<all>\*)(?:/(?P<all_step>\d+))?|(?P<first>\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?")


@dataclass(frozen=True, slots=True)
class Cron:
    """The allowed values of each field, in ascending order."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]

    def next_after(self, moment: datetime) -> datetime:
        """The first occurrence later than `moment` (aware; whole seconds). Raises ScheduleError if there is none."""
        start = moment.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        for day in self._days_from(start.date()):
            earliest = start.time() if day == start.date() else time.min
            found = self._time_from(earliest)
            if found is not None:
                return datetime.combine(day, found, UTC)
        raise ScheduleError("The schedule has no occurrence: no such day exists.")

    def _days_from(self, first: date) -> Iterator[date]:
        for month in range(12 * first.year + first.month - 1, 12 * (first.year + LONGEST_CYCLE_YEARS)):
            year, month_number = month // 12, month % 12 + 1
            if month_number not in self.months:
                continue
            for day in self.days:
                if day <= monthrange(year, month_number)[1]:
                    candidate = date(year, month_number, day)
                    if candidate >= first and candidate.isoweekday() % 7 in self.weekdays:
                        yield candidate

    def _time_from(self, earliest: time) -> time | None:
        at_least = (earliest.hour, earliest.minute, earliest.second)
        for hour in (h for h in self.hours if h >= at_least[0]):
            for minute in (m for m in self.minutes if (hour, m) >= at_least[:2]):
                for second in self.seconds:
                    if (hour, minute, second) >= at_least:
                        return time(hour, minute, second)
        return None


@dataclass(frozen=True, slots=True)
class Interval:
    """A fixed time from the end of one run to the next."""

    period: timedelta

    def next_after(self, moment: datetime) -> datetime:
        """One period after `moment`."""
        return moment.astimezone(UTC) + self.period


type Schedule = Cron | Interval


def parse_schedule(text: str) -> Schedule:
    """Reads `0 */5 * * * *`, `*/5 * * * *` or `00:05:00`. Raises ScheduleError."""
    span = re.fullmatch(r"(?:(\d+)\.)?(\d{1,2}):([0-5]?\d):([0-5]?\d)", text.strip())
    if span is not None:
        return _interval(text, *(int(part or 0) for part in span.groups()))
    parts = text.split()
    if len(parts) == len(FIELDS) - 1:
        parts.insert(0, "0")
    if len(parts) != len(FIELDS):
        raise ScheduleError(f"The schedule {text!r} is neither six fields nor hh:mm:ss.")
    return Cron(*(_values(part, field) for part, field in zip(parts, FIELDS, strict=True)))


def _interval(text: str, days: int, hours: int, minutes: int, seconds: int) -> Interval:
    period = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not period:
        raise ScheduleError(f"The schedule {text!r} has no length.")
    return Interval(period)


def _values(text: str, field: Field) -> tuple[int, ...]:
    return tuple(sorted({value for part in text.split(",") for value in _range(part, field)}))


def _range(text: str, field: Field) -> range:
    found = PART.fullmatch(text)
    if found is None:
        raise ScheduleError(f"{text!r} is not a {field.name} of a schedule.")
    step = int(found["all_step"] or found["step"] or 1)
    first = field.low if found["all"] else _number(found["first"], field)
    last = field.high if found["all"] else _last(found, first, field)
    if step == 0 or first > last:
        raise ScheduleError(f"{text!r} is not a range of {field.name}s.")
    return range(first, last + 1, step)


def _last(found: re.Match[str], first: int, field: Field) -> int:
    if found["last"]:
        return _number(found["last"], field)
    return field.high if found["step"] else first  # `5/15` goes on to the end


def _number(text: str, field: Field) -> int:
    name = text[:3].lower()
    if name in field.names:
        return field.names.index(name) + field.low
    if not text.isascii() or not text.isdigit() or not field.low <= int(text) <= field.high:
        raise ScheduleError(f"{text!r} is not a {field.name} from {field.low} to {field.high}.")
    return int(text)
