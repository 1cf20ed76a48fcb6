from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from functions.transcript.formats.cues import LINES_A_CUE, LONGEST_UTTERANCE_MS, SHORTEST_CUE_MS, Cue, Silence
from functions.transcript.formats.utterances import Utterance
from functions.transcript.formats.wrapping import LONGEST_LINE
from functions.transcript.reading import Gap
from tests.unit.transcript.formats.told import gap, laid_out, told

LONG = "So the thing we have to decide today is when the next release can go out, and who tells them. " * 3
TIMES = st.integers(0, 5_000)
SAID = st.tuples(st.just("said"), st.text(max_size=200), TIMES, TIMES, st.sampled_from("ABC"))
GAPS = st.tuples(st.just("gap"), TIMES, TIMES)


def times(entries: list[Cue | Silence]) -> list[tuple[int, int]]:
    return [(one.start_ms, one.end_ms) for one in entries]


def test_a_cue_lasts_as_long_as_its_words() -> None:
    assert times(laid_out([told(at=1_000, duration=2_000)])) == [(1_000, 3_000)]


def test_a_cue_is_shown_long_enough_to_be_seen() -> None:
    assert times(laid_out([told(duration=0)])) == [(0, SHORTEST_CUE_MS)]


def test_a_cue_ends_where_its_speaker_goes_on() -> None:
    assert times(laid_out([told(at=0, duration=3_000), told(at=2_000, duration=500)])) == [
        (0, 2_000),
        (2_000, 2_500),
    ]


def test_a_cue_that_would_be_cut_too_short_pushes_the_next_one_on() -> None:
    assert times(laid_out([told(at=0), told(at=100), told(at=100)])) == [
        (0, 500),
        (500, 1_000),
        (1_000, 1_500),
    ]


def test_two_speakers_may_speak_at_once() -> None:
    assert times(laid_out([told(at=0, duration=3_000), told(at=1_000, speaker="Ben")])) == [
        (0, 3_000),
        (1_000, 2_000),
    ]


def test_long_words_become_several_cues_each_with_its_share_of_the_time() -> None:
    cues = laid_out([told(LONG.strip(), at=1_000, duration=20_000)])
    assert [one.number for one in cues if isinstance(one, Cue)] == [1, 2, 3, 4]
    assert (cues[0].start_ms, cues[-1].end_ms) == (1_000, 21_000)
    assert all(one.end_ms == two.start_ms for one, two in pairwise(cues))
    lasting = [one.end_ms - one.start_ms for one in cues]
    assert max(lasting[:-1]) - min(lasting[:-1]) < 1_000
    assert lasting[-1] < lasting[0]


def test_an_utterance_that_is_said_to_last_for_days_holds_nothing_up() -> None:
    track = laid_out([told(duration=10**9), told(at=LONGEST_UTTERANCE_MS, speaker="Ben")])
    assert times(track)[0] == (0, LONGEST_UTTERANCE_MS)


def test_a_gap_ends_what_was_said_before_it() -> None:
    entries = laid_out([told(duration=60_000), gap(20_000, 50_000), told(at=50_000)])
    assert times(entries) == [(0, 20_000), (20_000, 50_000), (50_000, 51_000)]


def test_where_words_need_the_time_of_a_gap_it_is_known_what_is_left_of_it() -> None:
    entries = laid_out([told(at=19_900), gap(20_000, 50_000)])
    assert entries[1] == Silence(20_000, 50_000, free_ms=20_400)


def test_words_without_letters_are_not_shown() -> None:
    assert laid_out([told("")]) == []


def test_nothing_said_is_nothing_shown() -> None:
    assert laid_out([]) == []


# --- a recording that begins at another time


def test_cues_line_up_with_a_recording_that_began_later() -> None:
    entries = laid_out([told(at=1_000), told(at=5_000), told(at=9_000)], origin_ms=5_500)
    assert times(entries) == [(0, 500), (3_500, 4_500)]


def test_cues_line_up_with_a_recording_that_began_earlier() -> None:
    assert times(laid_out([told(at=1_000)], origin_ms=-2_000)) == [(3_000, 4_000)]


def test_a_gap_lines_up_with_a_recording() -> None:
    assert laid_out([gap(1_000, 9_000)], origin_ms=5_000) == [Silence(0, 4_000, 0)]
    assert laid_out([gap(1_000, 5_000)], origin_ms=5_000) == []


# --- whatever comes


def in_order(drawn: list[tuple[str, str, int, int, str] | tuple[str, int, int]]) -> list[Utterance | Gap]:
    """What was drawn as a transcript has it: each in order of its place, a gap by its end."""
    entries: list[tuple[int, Utterance | Gap]] = []
    for one in drawn:
        if len(one) == 3:
            start, end = sorted(one[1:])
            entries.append((end, gap(start, end)))
        else:
            _, text, at, duration, speaker = one
            entries.append((at, told(" ".join(text.split()), at, duration, speaker)))
    return [entry for _, entry in sorted(entries, key=lambda pair: pair[0])]


@given(st.lists(SAID | GAPS, max_size=12), st.integers(-6_000, 6_000))
def test_whatever_is_said_cues_are_in_order_and_a_speaker_has_one_at_a_time(
    drawn: list[tuple[str, str, int, int, str] | tuple[str, int, int]], origin: int
) -> None:
    entries = laid_out(in_order(drawn), origin)
    cues = [one for one in entries if isinstance(one, Cue)]
    assert [one.start_ms for one in cues] == sorted(one.start_ms for one in cues)
    assert all(0 <= one.start_ms < one.end_ms for one in cues)
    for speaker in "ABC":
        mine = [one for one in cues if one.speaker == speaker]
        assert all(one.end_ms <= two.start_ms for one, two in pairwise(mine))
    assert all(len(line) <= LONGEST_LINE for one in cues for line in one.lines)
    assert all(1 <= len(one.lines) <= LINES_A_CUE for one in cues)


@given(st.lists(SAID | GAPS, max_size=12))
def test_whatever_is_said_every_letter_and_every_gap_is_shown_once(
    drawn: list[tuple[str, str, int, int, str] | tuple[str, int, int]],
) -> None:
    given_entries = in_order(drawn)
    entries = laid_out(given_entries)
    said = sorted(letter for one in given_entries if isinstance(one, Utterance) for letter in one.text)
    shown = sorted(letter for one in entries if isinstance(one, Cue) for line in one.lines for letter in line)
    assert [one for one in shown if one != " "] == [one for one in said if one != " "]
    gaps = [(one.offset_ms, one.offset_ms + one.duration_ms) for one in given_entries if isinstance(one, Gap)]
    silences = [(one.start_ms, one.end_ms) for one in entries if isinstance(one, Silence)]
    assert sorted(one for one in gaps if one[1] > 0) == sorted(silences)


@given(st.lists(SAID | GAPS, max_size=12))
def test_nothing_is_shown_in_what_is_free_of_a_gap(
    drawn: list[tuple[str, str, int, int, str] | tuple[str, int, int]],
) -> None:
    entries = laid_out(in_order(drawn))
    for silence in (one for one in entries if isinstance(one, Silence)):
        assert not any(
            one.start_ms < silence.end_ms and one.end_ms > silence.free_ms
            for one in entries
            if isinstance(one, Cue) and silence.free_ms < silence.end_ms
        )


@given(st.lists(SAID, max_size=12))
def test_no_cue_but_one_that_a_recording_cuts_is_too_short_to_be_seen(
    drawn: list[tuple[str, str, int, int, str] | tuple[str, int, int]],
) -> None:
    assert all(one.end_ms - one.start_ms >= SHORTEST_CUE_MS for one in laid_out(in_order(drawn)))
