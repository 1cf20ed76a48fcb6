import pytest

from local.bandwidth_model.bxml import InvalidBxml, read
from local.bandwidth_model.verbs import (
    Bridge,
    Hangup,
    Hook,
    NotRun,
    Pause,
    Redirect,
    SpeakSentence,
    StartTranscription,
    StopTranscription,
    Transfer,
)
from tests.unit.virtual_bandwidth import SOCKET, bxml, start


def test_every_verb_is_read_with_what_it_says() -> None:
    document = bxml(
        start(
            inside='<CustomParam name="ticket" value="a&amp;b"/>',
            stabilized="false",
            username="u",
            password="p",
        ),
        "<StopTranscription/>",
        '<StopTranscription name="verbatim"/>',
        '<Pause duration="2.5"/>',
        "<Pause/>",
        '<SpeakSentence voice="julie">Hello <break/> you</SpeakSentence>',
        '<Transfer callTimeout="5" transferCompleteUrl="/done"><PhoneNumber>+1555</PhoneNumber></Transfer>',
        '<Bridge bridgeTargetCompleteUrl="/b">c-1</Bridge>',
        '<Redirect redirectUrl="/next" redirectMethod="GET"/>',
        "<Gather/>",
        "<Hangup/>",
    )
    assert read('<?xml version="1.0" encoding="UTF-8"?>' + document) == [
        StartTranscription(
            "verbatim",
            ("inbound", "outbound"),
            SOCKET,
            stabilized=False,
            hook=Hook("/events", "POST", "u", "p"),
            custom_params={"ticket": "a&b"},
        ),
        StopTranscription(None),
        StopTranscription("verbatim"),
        Pause(2.5),
        Pause(1),
        SpeakSentence("Hello  you"),
        Transfer(("+1555",), 5, Hook("/done")),
        Bridge("c-1", None, Hook("/b")),
        Redirect(Hook("/next", "GET")),
        NotRun("Gather"),
        Hangup(),
    ]


def test_a_start_without_attributes_has_the_documented_defaults() -> None:
    assert read(bxml("<StartTranscription/>")) == [
        StartTranscription(None, ("inbound",), None, stabilized=True, hook=None, custom_params={})
    ]


@pytest.mark.parametrize("document", ["", "  \n", "<Response/>"])
def test_an_empty_document_has_no_verbs(document: str) -> None:
    assert read(document) == []


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ("<Response>", "not well-formed"),
        ("hello", "not well-formed"),
        ("<Request/>", "<Request>"),
        (bxml("x" * 65 * 1024), "64 KB"),
        (bxml("<Dance/>"), "<Dance>"),
        (bxml(start(stabilised="true")), "stabilised"),
        (bxml(start(stabilized="True")), "stabilized"),
        (bxml(start(tracks="all")), "tracks"),
        (bxml(start(name="a name")), "name"),
        (bxml(start(name="x" * 256)), "255"),
        (bxml(start(destination="https://app.example")), "WebSocket"),
        (bxml(start(transcriptionEventUrl="http://app.example", username="u")), "https"),
        (bxml(start(transcriptionEventMethod="PUT")), "transcriptionEventMethod"),
        (bxml(start(inside='<CustomParam name="a" value="b"/>' * 13)), "12"),
        (bxml(start(inside='<CustomParam name="a"/>')), "value"),
        (bxml(start(inside=f'<CustomParam name="{"n" * 257}" value=""/>')), "256"),
        (bxml(start(inside=f'<CustomParam name="n" value="{"v" * 2049}"/>')), "2048"),
        (bxml(start(inside="<Param/>")), "CustomParam"),
        (bxml('<Pause duration="soon"/>'), "duration"),
        (bxml('<Pause duration="86401"/>'), "86400"),
        (bxml('<Pause duration="nan"/>'), "duration"),
        (bxml("<Redirect/>"), "redirectUrl"),
        (bxml("<Transfer/>"), "PhoneNumber"),
        (bxml("<Transfer>" + "<PhoneNumber>+1</PhoneNumber>" * 9 + "</Transfer>"), "eight"),
    ],
    ids=lambda part: part[:60],
)
def test_what_is_no_bxml_is_refused_and_the_reason_named(document: str, names: str) -> None:
    with pytest.raises(InvalidBxml, match=names):
        read(document)


def test_on_the_laptop_itself_credentials_go_without_tls() -> None:
    url = "http://127.0.0.1:7071/api/callbacks"
    (verb,) = read(bxml(start(transcriptionEventUrl=url, username="u", password="p")))
    assert isinstance(verb, StartTranscription)
    assert verb.hook == Hook(url, "POST", "u", "p")
