import re

import pytest

from functions.lifecycle.session import Session, StartRequest
from functions.transcript.formats.choice import Format
from functions.transcript.formats.writers import TranscriptWriter
from functions.transcript.streams import Anchor
from tests.unit.transcript.formats.told import GROUP, session
from tests.unit.transcript.spoken import ADA, BEN, segment

ANCHORS = [
    Anchor("socket.1", "one", "en-US", 0, 1_000),
    Anchor("socket.2", "one", "de-DE", 0, 9_000, gap_from=4_000),
    Anchor("socket.3", "one", "de-DE", 0, 30_000, gap_from=20_000),
]
SEGMENTS = [segment(1_000, text="Hello."), segment(9_000, "socket.2", "Hallo.", speaker=BEN)]
GAPS_IN = {
    Format.VTT: [
        "NOTE Nothing could be heard from 00:00:04.000 to 00:00:09.000",
        "00:00:20.000 to 00:00:30.000",
    ],
    Format.SRT: ["00:00:04,000 --> 00:00:09,000", "00:00:20,000 --> 00:00:30,000"],
    Format.TXT: ["[00:00:04 to 00:00:09: nothing could be heard]", "[00:00:20 to 00:00:30"],
    Format.MD: ["*Nothing could be heard from 00:00:04 to 00:00:09.*", "from 00:00:20 to 00:00:30"],
}


def whole(form: Format, named: Session) -> str:
    writer = TranscriptWriter(form, named, ANCHORS)
    return writer.head + "".join([writer.write(one) for one in SEGMENTS]) + writer.finish()


@pytest.mark.parametrize("form", GAPS_IN)
def test_every_format_tells_who_spoke_and_where_the_gaps_are(form: Format) -> None:
    text = whole(form, session(names={ADA: "ada_l"}, speakers={ADA: "Ada"}))
    told = ["Ada", "Hello.", GAPS_IN[form][0], "Speaker 2", "Hallo.", GAPS_IN[form][1]]
    assert [text.index(one) for one in told] == sorted(text.index(one) for one in told)


ALEX_AND_ALEX = {
    Format.VTT: "00:00:02.000 --> 00:00:03.000\n<v Alex>No.\n\n",
    Format.SRT: "00:00:02,000 --> 00:00:03,000\nAlex: No.\n\n",
    Format.TXT: "[00:00:01] Alex: It is.\n\n[00:00:02] Alex: No.\n\n[00:00:04] Alex: Yes.\n\n",
    Format.MD: "It is.\n\n## 00:00:02 Alex\n\nNo.\n\n## 00:00:04 Alex\n\nYes.\n\n",
}


@pytest.mark.parametrize("form", ALEX_AND_ALEX)
def test_two_people_of_one_name_do_not_speak_with_one_mouth(form: Format) -> None:
    writer = TranscriptWriter(form, session(speakers={ADA: "Alex", BEN: "Alex"}), [])
    said = [
        segment(1_000, text="It is.", duration_ms=3_000),
        segment(2_000, text="No.", speaker=BEN),
        segment(4_000, text="Yes."),
    ]
    text = "".join([writer.write(one) for one in said]) + writer.finish()
    assert ALEX_AND_ALEX[form] in text
    if form in {Format.VTT, Format.SRT}:
        assert re.search(r"00:00:01.000 --> 00:00:04.000\n.*It is", text)


@pytest.mark.parametrize("form", GAPS_IN)
def test_no_format_that_is_passed_on_holds_a_raw_id(form: Format) -> None:
    text = whole(form, session())
    assert ADA not in text
    assert BEN not in text


@pytest.mark.parametrize("form", [Format.TXT, Format.MD])
def test_what_people_read_begins_with_which_call_it_was(form: Format) -> None:
    text = whole(form, session(request=StartRequest(GROUP, "en-US", tag="weekly")))
    assert text.index("weekly") < text.index("2026-11-21 00:53:37") < text.index("en-US, de-DE")
