"""Scripts for calls at Bandwidth: what a call can go on with, and what is written."""

from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.errors import InputRefused
from functions.lifecycle.bxml import (
    LONGEST_CONTINUATION,
    STAY,
    Start,
    go_on_script,
    hang_up_script,
    read_continuation,
    start_script,
    stop_script,
)

REDIRECT = '<Redirect redirectUrl="https://app.example/next?a=1&amp;b=2"/>'
START = Start(
    name="01M7Y72E7FWQKJV6FYMCBBQBV5-2",
    destination="wss://pubsub.example/client/hubs/transcript?access_token=a.b&c=<d>",
    events_url="https://app.example/api/callbacks/bandwidth/1?ticket=a&b",
    username="bandwidth",
    password='"<secret>&',
    stabilized=False,
    ticket="a-ticket",
)


def verbs_of(script: bytes) -> Element:
    return fromstring(script)  # noqa: S314 -- what we wrote ourselves


@pytest.mark.parametrize(
    "text",
    [
        REDIRECT,
        f"  {REDIRECT}\n",
        f"<Response>{REDIRECT}</Response>",
        f"<?xml version='1.0' encoding='UTF-8'?><Response>{REDIRECT}</Response>",
        "<SpeakSentence>One moment, please.</SpeakSentence><Pause duration='60'/>",
        "<Transfer transferCallerId='+15559870000'><PhoneNumber>+15551230000</PhoneNumber></Transfer>",
        "<Conference>room</Conference><Hangup/>",
        "<Gather gatherUrl='http://app.example/pressed'/>",
        f"<Gather><SpeakSentence>Wait.</SpeakSentence></Gather>{REDIRECT}",
        "<Record recordCompleteUrl='https://app.example/recorded'/>",
        "<Ring duration='0.1'/>",
        "<Bridge bridgeCompleteUrl='https://app.example/apart'>c-1</Bridge>",
        f"<PlayAudio> https://app.example/wait.wav </PlayAudio><!-- soon --><?go on?>{REDIRECT}",
        f"<SpeakSentence>Our <lang xml:lang='fr'>menu</lang></SpeakSentence>{REDIRECT}",
        STAY,
    ],
)
def test_bxml_that_keeps_the_call_can_be_gone_on_with(text: str) -> None:
    assert read_continuation(text, "continueWith") == text.strip()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "no verb that keeps the call"),
        ("Redirect", "text between its verbs"),
        ("<Response/>", "no verb that keeps the call"),
        ("<Redirect", "no well-formed BXML"),
        ("<Pause></Response>", "no well-formed BXML"),
        (f"</Response>{REDIRECT}<Response>", "no well-formed BXML"),
        ("<Pause/>&nbsp;", "no well-formed BXML"),
        ("<Pause/>\x00", "no well-formed BXML"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><Response><Pause/></Response>", "no well-formed BXML"),
        ("<Hangup/>", "no verb that keeps the call"),
        (f"<Hangup/>{REDIRECT}", "no verb that keeps the call"),
        ("<SpeakSentence>Bye.</SpeakSentence>", "no verb that keeps the call"),
        ("<StopRecording/>", "no verb that keeps the call"),
        ("<redirect redirectUrl='https://app.example'/>", "'redirect', which is no verb"),
        ("<Redirect/>", "Redirect without redirectUrl"),
        ("<Redirect redirectUrl=''/>", "Redirect without redirectUrl"),
        ("<Redirect redirectUrl='/next'/>", "redirectUrl is not an http or https address"),
        (
            "<Pause/><Redirect redirectUrl='https://a.example' redirectFallbackUrl='b'/>",
            "redirectFallbackUrl is not",
        ),
        (f"<StartTranscription name='mine' tracks='both'/>{REDIRECT}", "is done for you"),
        (f"<StopTranscription/>{REDIRECT}", "is done for you"),
        ("<Pause/>" * LONGEST_CONTINUATION, "longer than 8192 characters"),
        ("<Pause/>", "no verb that keeps the call: a Pause does only with its duration"),
        ("<Ring/>", "no verb that keeps the call: a Ring does only with its duration"),
        ("<Gather/>", "no verb that keeps the call: a Gather does only with its gatherUrl"),
        ("<Record/>", "no verb that keeps the call: a Record does only with its recordCompleteUrl"),
        ("<Pause duration='0'/>", "a Pause whose duration is not from 0.1 to 86400 seconds"),
        ("<Pause duration='86401'/>", "a Pause whose duration is not"),
        ("<Pause duration='nan'/>", "a Pause whose duration is not"),
        (f"<Ring duration='long'/>{REDIRECT}", "a Ring whose duration is not"),
        (
            "<Transfer><PhoneNumber transferAnswerUrl='/answer'>+15551230000</PhoneNumber></Transfer>",
            "a PhoneNumber whose transferAnswerUrl is not",
        ),
        (f"<PlayAudio>wait.wav</PlayAudio>{REDIRECT}", "a PlayAudio whose text is not"),
        (f"<Gather><PlayAudio/></Gather>{REDIRECT}", "a PlayAudio whose text is not"),
        (f"<Gather><StartTranscription/></Gather>{REDIRECT}", "is done for you"),
        (f"{REDIRECT} and then", "text between its verbs"),
        (f"<Response>and then{REDIRECT}</Response>", "text between its verbs"),
        (f"<SpeakSentence>{'<p>' * 1000}{'</p>' * 1000}</SpeakSentence>{REDIRECT}", "deeper than BXML"),
    ],
)
def test_what_would_lose_the_call_is_refused_with_its_field_and_what_to_send(text: str, wrong: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read_continuation(text, "call.bandwidth.continueWith")
    assert wrong in str(refused.value)
    assert refused.value.field == "call.bandwidth.continueWith"
    assert "<Redirect" in refused.value.remedy


@given(st.text())
def test_no_text_does_anything_but_be_taken_or_refused(text: str) -> None:
    try:
        read_continuation(text, "continueWith")
    except InputRefused:
        return
    assert verbs_of(go_on_script(text)).tag == "Response"


def test_a_start_transcribes_both_parties_with_its_ticket_and_goes_on() -> None:
    root = verbs_of(start_script(START, [], REDIRECT))
    assert [verb.tag for verb in root] == ["StartTranscription", "Redirect"]
    verb = root[0]
    assert verb.attrib == {
        "name": START.name,
        "tracks": "both",
        "destination": START.destination,
        "stabilized": "false",
        "transcriptionEventUrl": START.events_url,
        "username": START.username,
        "password": START.password,
    }
    assert [(one.tag, one.attrib) for one in verb] == [
        ("CustomParam", {"name": "ticket", "value": "a-ticket"})
    ]
    assert root[1].get("redirectUrl") == "https://app.example/next?a=1&b=2"


def test_a_later_start_stops_those_before_so_that_no_word_comes_twice() -> None:
    root = verbs_of(start_script(START, ["mine-2", "mine-1"], REDIRECT))
    assert [verb.tag for verb in root] == [
        "StopTranscription", "StopTranscription", "StartTranscription", "Redirect",
    ]  # fmt: skip
    assert [verb.get("name") for verb in root[:2]] == ["mine-2", "mine-1"]


def test_another_language_is_named() -> None:
    start = Start(
        name="a",
        destination="b",
        events_url="c",
        username="d",
        password="e",
        stabilized=True,
        ticket="f",
        language="fr-FR",
    )
    verb = verbs_of(start_script(start, [], STAY))[0]
    assert (verb.get("preferredLanguages"), verb.get("stabilized")) == ("fr-FR", "true")


def test_a_stop_names_its_transcription_and_goes_on() -> None:
    root = verbs_of(stop_script(["mine"], f"<SpeakSentence>Ä</SpeakSentence>{REDIRECT}"))
    assert [verb.tag for verb in root] == ["StopTranscription", "SpeakSentence", "Redirect"]
    assert root[0].attrib == {"name": "mine"}
    assert root[1].text == "Ä"


def test_the_end_of_a_call_is_one_verb() -> None:
    assert [verb.tag for verb in verbs_of(hang_up_script())] == ["Hangup"]


def test_a_call_that_only_goes_on_has_its_continuation_and_nothing_else() -> None:
    assert [verb.tag for verb in verbs_of(go_on_script(f"<Pause/>{REDIRECT}"))] == ["Pause", "Redirect"]
