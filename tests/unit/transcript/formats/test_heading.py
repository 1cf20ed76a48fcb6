import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.lifecycle.session import Call, CallLocator, IncomingCall, LocatorKind, PlacedCall
from functions.transcript.formats.heading import file_name, heading
from functions.transcript.streams import Anchor
from tests.unit.transcript.formats.told import GROUP, session
from tests.unit.transcript.spoken import CREATED_AT


def anchor(locale: str, starts_at: int) -> Anchor:
    return Anchor(f"socket.{starts_at}", "one", locale, 0, starts_at)


@pytest.mark.parametrize(
    ("call", "title"),
    [
        (GROUP, "Group call 9d1c5f0e-group"),
        (CallLocator(LocatorKind.ROOM, "99199690362660524"), "Room 99199690362660524"),
        (CallLocator(LocatorKind.SERVER_CALL, "aHR0/cDo="), "Call aHR0/cDo="),
        (CallLocator(LocatorKind.CALL, "c-95ac8d6e"), "Call c-95ac8d6e"),
        (PlacedCall(("4:+15551230000",), "+15559870000"), "Placed call"),
        (IncomingCall("4:+15551230000", "4:+15559870000", "server", "context"), "Incoming call"),
    ],
)
def test_a_call_is_told_without_the_numbers_of_people(call: Call, title: str) -> None:
    assert heading(session(call), []).title == title


def test_a_tag_wins() -> None:
    assert heading(session(tag="Weekly\x00 sync"), []).title == "Weekly sync"


def test_it_tells_from_when_to_when() -> None:
    assert heading(session(), []).when == "from 2026-11-21 00:53:37 UTC"
    ended = session(ended_at=CREATED_AT + 90_000_000)
    assert heading(ended, []).when == "2026-11-21 00:53:37 to 2026-11-22 01:53:37 UTC"


def test_it_tells_how_the_session_is() -> None:
    assert heading(session(), []).state == "connecting"


def test_languages_are_those_that_were_heard_in_their_order() -> None:
    heard = [anchor("de-DE", 9_000), anchor("en-US", 1_000), anchor("de-DE", 5_000), anchor("", 0)]
    assert heading(session(), heard).languages == "en-US, de-DE"


def test_before_anything_was_heard_the_language_is_the_one_that_is_wanted() -> None:
    assert heading(session(locale="fr-FR"), []).languages == "fr-FR"


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("weekly", "transcript-2026-11-21-weekly.vtt"),
        ("Ärzte & Team/2\\..", "transcript-2026-11-21-Arzte-Team-2.vtt"),
        ("встреча", "transcript-2026-11-21-01ARYZ6S410000000000000000.vtt"),
        (None, "transcript-2026-11-21-01ARYZ6S410000000000000000.vtt"),
        ("x" * 300, f"transcript-2026-11-21-{'x' * 60}.vtt"),
    ],
)
def test_a_file_is_called_by_the_day_and_the_call(tag: str | None, name: str) -> None:
    assert file_name(session(tag=tag), "vtt") == name


@given(st.text())
def test_whatever_the_tag_the_name_fits_every_header_and_file_system(tag: str) -> None:
    assert re.fullmatch(r"transcript-2026-11-21-[0-9A-Za-z-]{1,60}\.md", file_name(session(tag=tag), "md"))
