"""What the schemas of the contract allow is what the app takes and answers, and nothing else."""

from typing import Any

import pytest

from functions.errors import Conflict, InputRefused
from functions.triggers.openapi import examples
from functions.triggers.start_input import read_start
from tests.service.contract import posted, wrong


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"call": {}},
        {"call": {"groupCallId": "a", "roomId": "b"}},
        {"call": {"groupCallId": "a", "from": "+15559870000"}},
        {"call": {"to": []}},
        {"call": {"to": ["+15551230000"]}},
        {"call": {"to": ["8:acs:ada", "ada"]}},
        {"call": {"to": ["8:acs:ada"] * 11}},
        {"call": {"groupCallId": " "}},
        {"call": {"groupCallId": "a\nb"}},
        {"call": {"groupCallId": "a\n"}},
        {"call": {"groupCallId": "x" * 257}},
        {"call": {"roomId": "1"}, "locale": "english"},
        {"call": {"roomId": "1"}, "startAt": "later"},
        {"call": {"roomId": "1"}, "speakers": {"8:acs:ada": ""}},
        {"call": {"roomId": "1"}, "speakers": {str(number): "A" for number in range(501)}},
        {"call": {"roomId": "1"}, "lang": "en-US"},
        {"call": {"bandwidth": {}}},
        {"call": {"bandwidth": {"to": "+15551230000"}}},
        {"call": {"bandwidth": {"to": "+15551230000", "from": "me"}}},
        {"call": {"bandwidth": {"callId": "c-1"}}},
        {"call": {"bandwidth": {"callId": "c-1", "continueWith": ""}}},
        {"call": {"bandwidth": {"callId": "../c-1", "continueWith": "<Pause/>"}}},
        {"call": {"bandwidth": {"callId": "c-1", "to": "+15551230000", "continueWith": "<Pause/>"}}},
        {"call": {"bandwidth": {"to": "+15551230000", "from": "+15559870000"}, "groupCallId": "a"}},
        {"call": {"bandwidth": {"to": "+15551230000", "from": "+15559870000", "name": "mine"}}},
    ],
)
def test_what_a_start_may_not_hold_is_no_start_by_its_schema(body: Any) -> None:
    assert wrong({"$ref": "#/components/schemas/Start"}, body)
    with pytest.raises(InputRefused):
        read_start(posted(body))


@pytest.mark.parametrize(
    "body",
    [
        {"call": {"groupCallId": "a", "roomId": None, "to": None}, "tag": None},
        {"call": {"to": ["8:acs:ada", "8:orgid:bea"]}},
        {"call": {"to": ["4:+15551230000"], "from": "+15559870000"}, "locale": "zh-Hans-CN"},
        {"call": {"bandwidth": {"to": "+15551230000", "from": "+15559870000"}}, "locale": "fr-FR"},
        {"call": {"bandwidth": {"callId": "c-1_a.b", "continueWith": '<Pause duration="9"/>', "to": None}}},
    ],
)
def test_what_a_start_may_hold_is_a_start_by_its_schema(body: Any) -> None:
    assert wrong({"$ref": "#/components/schemas/Start"}, body) == []
    read_start(posted(body))


def test_a_session_without_what_is_not_known_yet_keeps_to_its_schema_and_null_does_not() -> None:
    session = {"$ref": "#/components/schemas/Session"}
    assert wrong(session, examples.CONNECTING) == []
    assert wrong(session, examples.CONNECTING | {"endedAt": None})
    assert wrong(session, examples.CONNECTING | {"call": {}})


def test_a_transcripts_line_is_a_segment_or_a_gap() -> None:
    page = {"$ref": "#/components/schemas/TranscriptPage"}
    line, gap = examples.TRANSCRIPT["segments"]
    for odd in ({**line, "segmentId": 5}, {key: gap[key] for key in gap if key != "gap"}, line | gap):
        assert wrong(page, examples.TRANSCRIPT | {"segments": [odd]})


def test_a_call_of_a_provider_that_is_not_served_is_a_conflict_before_anything_else_of_it_is_looked_at() -> (
    None
):
    body = {"call": {"bandwidth": {"callId": "c-1"}}, "locale": "de-DE"}
    with pytest.raises(Conflict) as refused:
        read_start(posted(body), served=())
    assert "BANDWIDTH_" in refused.value.remedy
