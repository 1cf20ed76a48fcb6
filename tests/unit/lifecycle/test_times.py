import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.lifecycle.times import iso_duration, rfc3339

DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,3}))?S)?")


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_767_323_045_006, "2026-01-02T03:04:05.006Z"),
        (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_moments_are_written_in_rfc_3339(moment: int, text: str) -> None:
    assert rfc3339(moment) == text


@given(st.integers(0, 253_402_300_799_999))
def test_a_written_moment_is_read_back_to_the_millisecond(moment: int) -> None:
    read = datetime.fromisoformat(rfc3339(moment)) - datetime(1970, 1, 1, tzinfo=UTC)
    assert (read.days * 86_400 + read.seconds) * 1000 + read.microseconds // 1000 == moment


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "PT0S"),
        (1, "PT0.001S"),
        (1500, "PT1.5S"),
        (10_000, "PT10S"),
        (60_000, "PT1M"),
        (112_217, "PT1M52.217S"),
        (3_600_000, "PT1H"),
        (3_600_010, "PT1H0.01S"),
        (90_061_001, "PT25H1M1.001S"),
    ],
)
def test_durations_are_written_in_iso_8601(milliseconds: int, text: str) -> None:
    assert iso_duration(milliseconds) == text


@given(st.integers(0, 10**12))
def test_a_written_duration_is_read_back(milliseconds: int) -> None:
    found = DURATION.fullmatch(iso_duration(milliseconds))
    assert found is not None
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[:3])
    fraction = int((found[4] or "").ljust(3, "0"))
    assert ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction == milliseconds
