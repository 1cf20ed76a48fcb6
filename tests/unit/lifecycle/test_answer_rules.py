"""Calls are answered as the rules say, and rules that cannot work are all told with what to write instead."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.lifecycle.answer_rules import AnswerRule, match, read_answer_rules
from functions.lifecycle.session import IncomingCall, StartAt, StartRequest

NUMBER, PHONE = "+15551230000", "4:+15551230000"
ADA = "8:acs:6d889502_0000-ada"
CALLER = "4:+15559870000"


def ringing(called: str = PHONE, caller: str = CALLER) -> IncomingCall:
    return IncomingCall(caller, called, "aHR0cHM6Ly9h/b==", "eyJ.context")


def read(*rules: Any) -> tuple[AnswerRule, ...]:
    found, mistakes = read_answer_rules(json.dumps(rules))
    assert mistakes == []
    return found


def mistakes_of(*rules: Any) -> list[str]:
    found, mistakes = read_answer_rules(json.dumps(rules))
    assert found == ()
    return mistakes


# --- answering


def test_a_call_that_no_rule_names_is_not_answered() -> None:
    assert match((), ringing()) is None
    assert match((AnswerRule(ADA),), ringing()) is None


def test_a_call_is_answered_as_its_rule_says() -> None:
    rules = (
        AnswerRule(ADA),
        AnswerRule(
            PHONE,
            connect_to=ADA,
            locale="de-DE",
            interim_results=False,
            start_at=StartAt.SETUP,
            speech_model_endpoint_id="model",
            tag="hotline",
        ),
    )
    assert match(rules, ringing()) == StartRequest(
        call=IncomingCall(CALLER, PHONE, "aHR0cHM6Ly9h/b==", "eyJ.context", connect_to=ADA),
        locale="de-DE",
        interim_results=False,
        tag="hotline",
        start_at=StartAt.SETUP,
        speech_model_endpoint_id="model",
    )


def test_a_call_that_is_answered_alone_connects_to_nobody() -> None:
    request = match((AnswerRule(PHONE),), ringing())
    assert request == StartRequest(call=ringing(), locale="en-US")


def test_a_users_id_is_the_same_in_either_case() -> None:
    assert match((AnswerRule(ADA),), ringing(called=ADA.upper())) is not None


@pytest.mark.parametrize(
    ("caller", "start_at"), [(ADA, StartAt.CONNECTED), (CALLER, StartAt.SETUP), ("8:orgid:a", StartAt.SETUP)]
)
def test_the_set_up_waits_for_the_connection_where_acs_cannot_do_otherwise(
    caller: str, start_at: StartAt
) -> None:
    request = match((AnswerRule(PHONE, start_at=StartAt.SETUP),), ringing(caller=caller))
    assert request is not None
    assert request.start_at is start_at


# --- reading


def test_the_least_and_the_most_that_a_rule_may_hold() -> None:
    least = {"to": NUMBER, "answerAlone": True}
    most = {
        "to": "+4930999",
        "connectTo": "+4930123456",
        "locale": "de-de",
        "interimResults": False,
        "startAt": "setup",
        "speechModelEndpointId": " model ",
        "tag": " hotline 𝄞 ",
    }
    assert read(least, most) == (
        AnswerRule(PHONE),
        AnswerRule(
            "4:+4930999",
            connect_to="4:+4930123456",
            locale="de-DE",
            interim_results=False,
            start_at=StartAt.SETUP,
            speech_model_endpoint_id="model",
            tag="hotline 𝄞",
        ),
    )


def test_there_may_be_no_rules_and_a_hundred() -> None:
    assert read() == ()
    assert len(read(*({"to": f"+1555000{number:04}", "answerAlone": True} for number in range(100)))) == 100


def test_a_user_may_be_connected_to_those_who_call_that_user() -> None:
    assert read({"to": ADA, "connectTo": ADA}) == (AnswerRule(ADA, connect_to=ADA),)


@pytest.mark.parametrize("text", ["", "to: me", "[{}", "[" * 100_000, "\udcff", '["\\ud800"]'])
def test_what_is_not_json_is_told_with_an_example(text: str) -> None:
    rules, (mistake,) = read_answer_rules(text)
    assert rules == ()
    assert mistake.startswith("is not JSON.")
    assert '"connectTo"' in mistake


@pytest.mark.parametrize("text", ["null", "{}", '"text"', "[5]", "[[]]", '[{"to": "+15551230000"}, null]'])
def test_what_is_no_array_of_objects_is_told_with_an_example(text: str) -> None:
    rules, (mistake,) = read_answer_rules(text)
    assert rules == ()
    assert mistake.startswith("is not an array of objects.")
    assert '"connectTo"' in mistake


def test_too_many_rules_are_refused() -> None:
    (mistake,) = mistakes_of(*({"to": f"+1555000{number:04}", "answerAlone": True} for number in range(101)))
    assert "100" in mistake


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"answerAlone": True}, "to is missing."),
        ({"to": "me", "answerAlone": True}, "to is wrong."),
        ({"to": 5, "answerAlone": True}, "to is wrong."),
        ({"to": None, "answerAlone": True}, "to is wrong."),
        ({"to": NUMBER, "connectTo": "5551230000"}, "connectTo is wrong."),
        ({"to": NUMBER, "connectTo": None}, "connectTo is wrong."),
        ({"to": NUMBER}, "Write either"),
        ({"to": NUMBER, "connectTo": ADA, "answerAlone": True}, "Write either"),
        ({"to": NUMBER, "answerAlone": False}, "answerAlone is wrong. Write true"),
        ({"to": NUMBER, "answerAlone": 1}, "answerAlone is wrong. Write true"),
        ({"to": NUMBER, "answerAlone": True, "locale": "english"}, "locale is wrong. Send language and"),
        (
            {"to": NUMBER, "answerAlone": True, "locale": "en-US-NancyNeural"},
            "locale is wrong. That is the name",
        ),
        ({"to": NUMBER, "answerAlone": True, "locale": None}, "locale is wrong."),
        (
            {"to": NUMBER, "answerAlone": True, "interimResults": "yes"},
            "interimResults is wrong. Write true or",
        ),
        (
            {"to": NUMBER, "answerAlone": True, "startAt": "later"},
            "startAt is wrong. Write one of setup, conn",
        ),
        ({"to": NUMBER, "answerAlone": True, "startAt": []}, "startAt is wrong."),
        ({"to": NUMBER, "answerAlone": True, "tag": " "}, "tag is wrong. Write a text"),
        ({"to": NUMBER, "answerAlone": True, "tag": "a\nb"}, "tag is wrong."),
        ({"to": NUMBER, "answerAlone": True, "tag": None}, "tag is wrong."),
        (
            {"to": NUMBER, "answerAlone": True, "speechModelEndpointId": "x" * 257},
            "speechModelEndpointId is wro",
        ),
        (
            {"to": NUMBER, "answerAlone": True, "speakers": {}},
            "there is no field 'speakers'. Write some of to",
        ),
        ({"to": NUMBER, "connectTo": NUMBER}, "connectTo is a number that a rule answers"),
        ({"to": NUMBER, "connectTo": PHONE}, "connectTo is a number that a rule answers"),
        ({"to": "8:acs:another", "connectTo": NUMBER}, "connectTo is a number, but to is none"),
    ],
)
def test_a_mistake_in_a_rule_is_told_with_what_to_write(rule: dict[str, Any], told: str) -> None:
    (mistake,) = mistakes_of({"to": ADA, "connectTo": ADA}, rule)
    assert mistake.startswith(f"rule 2: {told}")
    assert mistake.endswith(".")


def test_two_rules_for_one_number_are_both_named() -> None:
    told = mistakes_of({"to": NUMBER, "answerAlone": True}, {"to": PHONE, "connectTo": ADA})
    assert [line.split(":")[0] for line in told] == ["rule 1", "rule 2"]
    assert all("the same to" in line for line in told)


def test_two_rules_for_one_user_are_one_too_many_in_either_case() -> None:
    told = mistakes_of(
        {"to": ADA, "answerAlone": True}, {"to": "8:acs:" + ADA[6:].upper(), "answerAlone": True}
    )
    assert len(told) == 2


def test_a_call_does_not_go_round_between_two_numbers() -> None:
    told = mistakes_of({"to": NUMBER, "connectTo": "+4930123456"}, {"to": "+4930123456", "connectTo": NUMBER})
    assert [line.split(":")[0] for line in told] == ["rule 1", "rule 2"]


def test_all_mistakes_are_told_at_once() -> None:
    told = mistakes_of({"too": NUMBER, "tag": 5}, {"to": "me", "answerAlone": False, "locale": "en"})
    assert [line.split()[1] for line in told] == ["1:", "1:", "1:", "1:", "2:", "2:", "2:"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([NUMBER, ADA, "en-US", "setup"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = [
    "to",
    "connectTo",
    "answerAlone",
    "locale",
    "interimResults",
    "startAt",
    "tag",
    "speechModelEndpointId",
]


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), ANYTHING), max_size=4))
def test_rules_are_read_or_refused_whatever_they_hold(rules: list[dict[str, Any]]) -> None:
    found, mistakes = read_answer_rules(json.dumps(rules))
    assert len(found) == (0 if mistakes else len(rules))
    assert all(mistake.startswith("rule ") for mistake in mistakes)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    rules, mistakes = read_answer_rules(text)
    assert not rules or not mistakes
