"""Who speaks: as users say it, else as ACS does."""

import msgspec
import pytest

from functions.lifecycle import events
from functions.lifecycle.view import view
from functions.lifecycle.wishes import MOST_NAMES
from tests.unit.lifecycle.story import ADA, OURS, STAGES, Story, active, answered, begun, ended

BO = "8:acs:bo"
LARGEST_ROW = 1024 * 1024
"""Bytes of a row of Table Storage, whose texts are UTF-16."""


def speakers(story: Story) -> dict[str, str]:
    return view(story.session).speakers


@pytest.mark.parametrize("stage", STAGES)
def test_users_may_name_the_speakers_at_any_time(stage: str) -> None:
    story = STAGES[stage]().after(events.SpeakersNamed({ADA: "Ada"}))
    assert speakers(story) == {ADA: "Ada"}
    assert story.session.state is STAGES[stage]().session.state
    assert story.wants == ()


def test_new_names_of_users_take_the_place_of_the_old() -> None:
    story = active().after(events.SpeakersNamed({ADA: "Ada"}), events.SpeakersNamed({BO: "Bo"}))
    assert speakers(story) == {BO: "Bo"}


def test_names_that_users_change_leave_the_others_as_they_are() -> None:
    story = active().after(events.SpeakersNamed({ADA: "Ada"}), events.SpeakersChanged({BO: "Bo"}))
    assert speakers(story) == {ADA: "Ada", BO: "Bo"}


def test_a_name_that_is_taken_back_is_again_what_acs_said() -> None:
    told = events.NamesHeard({ADA: "ada@home"})
    story = active().after(told, events.SpeakersNamed({ADA: "Ada", BO: "Bo"}))
    assert speakers(story.after(events.SpeakersChanged({ADA: None, BO: None}))) == {ADA: "ada@home"}


def test_nobody_is_named_in_an_erased_session() -> None:
    story = active().after(events.ErasureRequested(), events.SpeakersChanged({ADA: "Ada"}))
    assert speakers(story) == {}


def test_what_users_say_counts_more_than_what_acs_says() -> None:
    told = events.NamesHeard({ADA: "ada@home", BO: "bo@home"})
    for order in ((told, events.SpeakersNamed({ADA: "Ada"})), (events.SpeakersNamed({ADA: "Ada"}), told)):
        assert speakers(active().after(*order)) == {ADA: "Ada", BO: "bo@home"}


def test_names_that_acs_told_before_are_kept() -> None:
    story = active().after(events.NamesHeard({ADA: "Ada"}), events.NamesHeard({BO: "Bo"}))
    assert speakers(story) == {ADA: "Ada", BO: "Bo"}


def test_names_that_were_known_change_nothing() -> None:
    story = active().after(events.NamesHeard({ADA: "Ada"}))
    assert story.after(events.NamesHeard({ADA: "Ada"})).session is story.session


def test_names_that_were_told_before_the_session_knew_its_call_come_with_it() -> None:
    assert speakers(answered().after(events.CallConnected(OURS, 1, names={ADA: "Ada"}))) == {ADA: "Ada"}
    asked = answered().later(60_000)
    report = events.CallReported(asked.issued[0].id, OURS, "connected", names={ADA: "Ada"})
    assert speakers(asked.after(report)) == {ADA: "Ada"}


def test_after_the_end_acs_tells_no_more_names() -> None:
    story = ended()
    assert story.after(events.NamesHeard({ADA: "Ada"})).session is story.session


def test_a_call_with_very_many_people_does_not_break_its_session() -> None:
    many = {f"8:acs:{number}": str(number) for number in range(2 * MOST_NAMES)}
    story = begun().after(events.NamesHeard({ADA: "Ada"}), events.NamesHeard(many))
    assert len(story.session.names) == MOST_NAMES
    assert story.session.names[ADA] == "Ada"


def test_the_longest_names_of_very_many_people_leave_room_in_a_sessions_row() -> None:
    longest = {f"{number:0256}": "\N{OLD ITALIC LETTER A}" * 256 for number in range(MOST_NAMES)}
    story = begun().after(events.NamesHeard({ADA: "Ada"}), events.SpeakersNamed({ADA: "Ada L."}))
    full = story.after(events.NamesHeard(longest), events.SpeakersChanged(dict(longest)))
    assert len(msgspec.json.encode(full.session).decode().encode("utf-16-le")) < LARGEST_ROW * 3 / 4
    assert len(full.session.names) > 1
    assert speakers(full)[ADA] == "Ada L."
