import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.errors import InputRefused
from functions.lifecycle.times import rfc3339
from functions.transcript.formats.origins import read_origin


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:01.5z", 1_500),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T23:59:59.999Z", -1),
        ("1970-01-01T00:00:00.0009999999Z", 0),
        ("0001-01-01T00:00:00+14:00", -62_135_647_200_000),
    ],
)
def test_a_moment_is_read(text: str, moment: int) -> None:
    assert read_origin(text) == moment


@given(st.integers(0, 4_000_000_000_000))
def test_the_moments_that_the_api_tells_are_read_back(moment: int) -> None:
    assert read_origin(rfc3339(moment)) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "0",
        "2026-11-21",
        "2026-11-21T04:51:57",
        "2026-11-21T04:51:57 01:00",
        "2026-11-21 04:51:57Z",
        "2026-13-21T04:51:57Z",
        "0000-01-01T00:00:00Z",
        "2026-11-21T04:51:60Z",
        "2026-11-21T04:51:57Z\n",
        "2026-W01-1T00:00:00Z",
        "٢٠٢٦-11-21T04:51:57Z",
        "x" * 10_000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read_origin(text)
    assert refused.value.field == "origin"
    assert "%2B" in refused.value.remedy
    assert len(str(refused.value)) < 200
