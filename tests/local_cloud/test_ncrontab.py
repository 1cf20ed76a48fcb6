from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.functions_host.errors import ScheduleError
from local.functions_host.ncrontab import Cron, parse_schedule

FRIDAY = datetime(2026, 11, 20, 13, 45, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("* * * * * *", "2026-11-20T13:45:11"),
        ("*/15 * * * * *", "2026-11-20T13:45:15"),
        ("0 * * * * *", "2026-11-20T13:46:00"),
        ("* * * * *", "2026-11-20T13:46:00"),
        ("10 45 13 * * *", "2026-11-21T13:45:10"),
        ("0 */5 * * * *", "2026-11-20T13:50:00"),
        ("0 0 */2 * * *", "2026-11-20T14:00:00"),
        ("0 30 9 * * *", "2026-11-21T09:30:00"),
        ("0 30 9 * * 1-5", "2026-11-23T09:30:00"),
        ("0 30 9 * * Mon-Fri", "2026-11-23T09:30:00"),
        ("0 0 0 * * SUN", "2026-11-22T00:00:00"),
        ("0 0 0 1 Jan *", "2027-01-01T00:00:00"),
        ("0 0 0 1 january *", "2027-01-01T00:00:00"),
        ("0 0 0 1,15 * *", "2026-12-01T00:00:00"),
        ("0 0 0 31 * *", "2026-12-31T00:00:00"),
        ("0 0 0 29 2 *", "2028-02-29T00:00:00"),
        ("0 0 0 13 * FRI", "2027-08-13T00:00:00"),  # both must fit
        ("0 50/5 13 * * *", "2026-11-20T13:50:00"),
        ("0 0-20/10,46 * * * *", "2026-11-20T13:46:00"),
        ("59 59 23 31 12 *", "2026-12-31T23:59:59"),
    ],
)
def test_the_next_occurrence_is_the_first_that_fits(schedule: str, expected: str) -> None:
    assert parse_schedule(schedule).next_after(FRIDAY) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "period"),
    [
        ("00:00:15", timedelta(seconds=15)),
        ("24:00:00", timedelta(days=1)),
        ("1.00:00:00", timedelta(days=1)),
        ("2:30:00", timedelta(hours=2.5)),
    ],
)
def test_an_interval_counts_from_the_given_moment(schedule: str, period: timedelta) -> None:
    assert parse_schedule(schedule).next_after(FRIDAY) == FRIDAY + period


@pytest.mark.parametrize(
    "schedule",
    [
        "",
        "hourly",
        "* * * *",
        "* * * * * * *",
        "60 * * * * *",
        "* * 24 * * *",
        "* * * 0 * *",
        "* * * * 13 *",
        "* * * * * 7",
        "*/0 * * * * *",
        "30-10 * * * * *",
        "1, * * * * *",
        "-1 * * * * *",
        "0 0 0 * mon *",
        "00:00:00",
        "00:61:00",
        "²² * * * * *",
    ],
)
def test_what_is_no_schedule_is_refused(schedule: str) -> None:
    with pytest.raises(ScheduleError):
        parse_schedule(schedule)


def test_a_day_that_never_comes_is_reported_and_not_searched_forever() -> None:
    with pytest.raises(ScheduleError, match="no such day"):
        parse_schedule("0 0 0 30 2 *").next_after(FRIDAY)


def test_a_moment_in_another_time_zone_is_understood() -> None:
    in_berlin = FRIDAY.astimezone(timezone(timedelta(hours=1)))
    assert parse_schedule("0 0 14 * * *").next_after(in_berlin) == datetime(2026, 11, 20, 14, tzinfo=UTC)


def some_of(low: int, high: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.sets(st.integers(low, high), min_size=1, max_size=4).map(lambda values: tuple(sorted(values)))


@given(
    cron=st.builds(
        Cron,
        seconds=some_of(0, 59),
        minutes=some_of(0, 59),
        hours=some_of(0, 23),
        days=st.just(tuple(range(1, 32))),
        months=st.just(tuple(range(1, 13))),
        weekdays=st.just(tuple(range(7))),
    ),
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants naive bounds
)
def test_the_next_occurrence_agrees_with_looking_at_every_second_of_a_day(
    cron: Cron, moment: datetime
) -> None:
    found = cron.next_after(moment)
    seconds = [h * 3600 + m * 60 + s for h in cron.hours for m in cron.minutes for s in cron.seconds]
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    candidates = (midnight + timedelta(days=day, seconds=second) for day in (0, 1) for second in seconds)
    assert found == min(each for each in candidates if each > moment)
