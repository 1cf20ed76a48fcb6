import json

import pytest

from functions.services.counts import LINE_EVERY_MS, Counts

NOON = 1_795_262_400_000


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [json.loads(record.message.removeprefix("counts ")) for record in caplog.records]


@pytest.fixture
def counts(caplog: pytest.LogCaptureFixture) -> Counts:
    caplog.set_level("INFO", logger="verbatim.counts")
    counts = Counts()
    counts.tell(NOON)
    return counts


def test_a_minute_of_frames_is_one_line(counts: Counts, caplog: pytest.LogCaptureFixture) -> None:
    for at in range(0, LINE_EVERY_MS, 100):
        counts.tell(NOON + at)
        counts.count("frames")
    assert lines(caplog) == []
    counts.tell(NOON + LINE_EVERY_MS)
    assert lines(caplog) == [{"seconds": 60.0, "done": {"frames": 600}}]


def test_what_a_line_has_told_is_not_told_again(counts: Counts, caplog: pytest.LogCaptureFixture) -> None:
    counts.count("finals")
    counts.count_caption(12)
    counts.tell(NOON + LINE_EVERY_MS)
    counts.count("finals")
    counts.tell(NOON + 2 * LINE_EVERY_MS)
    assert lines(caplog)[1] == {"seconds": 60.0, "done": {"finals": 1}}


def test_nothing_done_is_no_line(counts: Counts, caplog: pytest.LogCaptureFixture) -> None:
    counts.tell(NOON + LINE_EVERY_MS)
    assert lines(caplog) == []


def test_a_process_that_rested_says_for_how_long_its_line_is(
    counts: Counts, caplog: pytest.LogCaptureFixture
) -> None:
    counts.count("frames")
    counts.tell(NOON + 3_600_000)
    assert lines(caplog)[0]["seconds"] == 3600.0


@pytest.mark.parametrize(
    ("milliseconds", "bound"),
    [(0, "5"), (5, "5"), (6, "10"), (50, "50"), (51, "100"), (20_000, "20000"), (20_001, "more")],
)
def test_a_caption_is_in_the_class_of_the_first_bound_that_it_does_not_pass(
    counts: Counts, milliseconds: int, bound: str
) -> None:
    counts.count_caption(milliseconds)
    assert counts.line(NOON).caption_ms == {bound: 1}


def test_failures_are_told_by_code_and_the_backlog_by_its_worst(
    counts: Counts, caplog: pytest.LogCaptureFixture
) -> None:
    for sub_code in (8565, 8565, 8581):
        counts.count_failure(400, sub_code)
    counts.note_due(3, 40_000)
    counts.note_due(2, 90_000)
    counts.tell(NOON + LINE_EVERY_MS)
    told = lines(caplog)[0]
    assert told["failures"] == {"400/8565": 2, "400/8581": 1}
    assert (told["mostDue"], told["latestMs"]) == (3, 90_000)
