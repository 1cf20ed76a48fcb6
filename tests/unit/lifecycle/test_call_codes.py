import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from functions.lifecycle.call_codes import CALL_CODES
from functions.lifecycle.call_end_codes import CALL_END_CODES
from functions.lifecycle.callee_codes import CALLEE_CODES
from functions.lifecycle.code_rows import ANY_STATUS, ResultCode
from functions.lifecycle.events import Outcome
from functions.lifecycle.result_codes import (
    CALL_TERMINATED,
    RESULT_CODES,
    explain,
    find,
    is_ordinary_end,
    matches,
)
from functions.lifecycle.session import Cause

WHAT_TO_DO = re.compile(
    r"\b(start|check|give|set|wait|try|call them|call again|ask|make sure|agree|use|add|join|correct|let|take)\b",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"\.(?=\s[A-Z]|$)")
A_STATUS_OF_NO_ROW = 418

# "Call Automation error codes" in Microsoft's troubleshooting-codes page: callback event, code, subCode.
CALL_AUTOMATION = """
CreateCallFailed 404 8522, CreateCallFailed 400 8523, AnswerFailed 400 8501, AnswerFailed 400 8500,
CallDisconnected 400 8559, AnswerFailed 400 8528, ConnectFailed 409 8519, CreateCallFailed 403 7507,
CreateCallFailed 403 7504, AnswerFailed 400 8585, CreateCallFailed 405 8520, CreateCallFailed 412 8583,
CreateCallFailed 400 8567, CreateCallFailed 405 8522, CallDisconnected 200 0, CallDisconnected 200 4521,
CallDisconnected 200 5000, CallDisconnected 200 5010, CallDisconnected 200 5013, CallDisconnected 200 7000,
CallDisconnected 200 7015, CallDisconnected 487 0, CallDisconnected 487 10003, CallDisconnected 487 10024,
CallDisconnected 500 10045, CallDisconnected 503 560503, CreateCallFailed 401 10009, CreateCallFailed 403 510403,
CreateCallFailed 403 560403, CreateCallFailed 404 4500, CreateCallFailed 480 10078, CreateCallFailed 480 560480,
CreateCallFailed 487 540487, ConnectFailed 408 10057, ConnectFailed 429 10110, ConnectFailed 480 10076,
ConnectFailed 484 560484, AnswerFailed 401 71005, AnswerFailed 404 404, AnswerFailed 408 4506,
AnswerFailed 495 4507, AnswerFailed 430 10315, AnswerFailed 430 10317, AnswerFailed 480 10077,
AnswerFailed 487 10004, AnswerFailed 487 4501, AnswerFailed 490 4502, AnswerFailed 496 7
"""
DOCUMENTED = [entry.split() for entry in CALL_AUTOMATION.replace("\n", " ").split(",")]


def name(row: ResultCode) -> str:
    return row.reason or f"{row.code or 'any'}-{row.sub_code} {row.fragment}".strip()


def status_of(row: ResultCode) -> int:
    return A_STATUS_OF_NO_ROW if row.code == ANY_STATUS else row.code


def outcome_of(row: ResultCode) -> Outcome:
    return Outcome(status_of(row), row.sub_code, row.fragment, row.reason or UNSET)


each_row = pytest.mark.parametrize("row", RESULT_CODES, ids=name)


@each_row
def test_a_row_is_what_its_code_is_explained_with(row: ResultCode) -> None:
    error, cause = explain(outcome_of(row))
    assert (error.code, error.sub_code) == (status_of(row), row.sub_code)
    assert error.message == (row.fragment or row.meaning)
    assert error.reason == row.reason
    assert (error.remedy, error.retryable, cause) == (row.remedy, row.retryable, row.cause)


@each_row
def test_a_remedy_says_in_one_or_two_sentences_what_to_do(row: ResultCode) -> None:
    assert row.remedy[0].isupper()
    assert row.remedy.endswith(".")
    assert len(SENTENCE_END.findall(row.remedy)) <= 2
    assert WHAT_TO_DO.search(row.remedy)


@each_row
def test_a_meaning_is_one_sentence_and_not_the_remedy(row: ResultCode) -> None:
    assert row.meaning[0].isupper()
    assert len(SENTENCE_END.findall(row.meaning)) == 1
    assert row.meaning != row.remedy


@each_row
def test_a_row_stands_once(row: ResultCode) -> None:
    def identity(one: ResultCode) -> object:
        return one.reason or one[:3]

    assert [other for other in RESULT_CODES if identity(other) == identity(row)] == [row]
    of_any_status = [
        other for other in RESULT_CODES if (other.code, other.sub_code) == (ANY_STATUS, row.sub_code)
    ]
    assert of_any_status in ([], [row])


@each_row
def test_only_ends_are_ordinary_among_the_rows(row: ResultCode) -> None:
    ends = row in CALL_END_CODES or row.sub_code == CALL_TERMINATED or row.reason == "call.hangup"
    assert is_ordinary_end(outcome_of(row)) is ends


@pytest.mark.parametrize("entry", DOCUMENTED, ids=" ".join)
def test_what_microsoft_lists_for_call_automation_has_a_row(entry: list[str]) -> None:
    _, code, sub_code = entry
    assert find(Outcome(int(code), int(sub_code))) or find(Outcome(int(code), int(sub_code), "Transcription"))


@pytest.mark.parametrize(
    ("outcome", "retryable", "says"),
    [
        (Outcome(486, 560486), True, "another call"),
        (Outcome(480, 8539), True, "another call"),
        (Outcome(480, 560480), True, "did not answer"),
        (Outcome(487, 10004), True, "did not answer"),
        (Outcome(603, 0), False, "declined"),
        (Outcome(603, 560603), False, "declined"),
        (Outcome(603, 8538), False, "declined"),
        (Outcome(480, 10037), True, "that id"),
        (Outcome(480, 10076), True, "cannot be reached"),
        (Outcome(404, 560404), False, "country code"),
        (Outcome(484, 560484), False, "country code"),
        (Outcome(400, 7602), False, "person's id"),
        (Outcome(403, 510403), False, "spam"),
        (Outcome(410, 301005), True, "network"),
    ],
    ids=lambda value: f"{value.code}-{value.sub_code}" if isinstance(value, Outcome) else None,
)
def test_who_was_not_connected_is_told_with_what_to_do_about_them(
    outcome: Outcome, *, retryable: bool, says: str
) -> None:
    error, cause = explain(outcome)
    assert says in error.remedy
    assert (error.retryable, cause) == (retryable, Cause.ERROR)


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(200, 7000, "Call was ended by ... a server bot. DiagCode: 0#7000.@"),
        Outcome(200, 5001, "The conversation has ended. DiagCode: 0#5001.@"),
        Outcome(200, 560000, "The conversation has ended. DiagCode: 0#560000.@"),
        Outcome(200, 4711, "An end that nobody listed."),
        Outcome(),
        Outcome(0, 0),
        Outcome(487, 0),
        Outcome(400, 8528, "Action is invalid, call already terminated."),
    ],
    ids=lambda outcome: f"{outcome.code}-{outcome.sub_code}",
)
def test_a_call_that_ends_as_calls_do_has_not_failed(outcome: Outcome) -> None:
    assert is_ordinary_end(outcome)


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(300, 0),
        Outcome(404, 8522),
        Outcome(408, 8537),
        Outcome(410, 301005),
        Outcome(487, 10003),
        Outcome(487, 10024),
        Outcome(500, 9999),
        Outcome(500, 5001),
        Outcome(503, 560503),
        Outcome(603, 0),
        Outcome(500, 4711, "Something new."),
    ],
    ids=lambda outcome: f"{outcome.code}-{outcome.sub_code}",
)
def test_a_call_that_broke_or_never_came_about_is_no_ordinary_end(outcome: Outcome) -> None:
    assert not is_ordinary_end(outcome)


def test_the_same_code_about_another_thing_than_transcription_is_explained_for_itself() -> None:
    not_active, _ = explain(Outcome(412, 8583, "Invalid action, Transcription is not active."))
    other, _ = explain(Outcome(412, 8583, "Precondition failed."))
    assert "not active yet" in not_active.remedy
    assert "Something else" in other.remedy


def test_an_error_of_the_telephone_network_may_come_as_one_of_acs() -> None:
    assert explain(Outcome(500, 560503))[0].remedy == explain(Outcome(503, 560503))[0].remedy


CODES = st.one_of(st.integers(), st.sampled_from([row.code for row in RESULT_CODES]))
SUB_CODES = st.one_of(st.integers(), st.sampled_from([row.sub_code for row in RESULT_CODES]))
MESSAGES = st.one_of(st.text(), st.sampled_from([row.fragment for row in RESULT_CODES]))


@given(st.builds(Outcome, CODES, SUB_CODES, MESSAGES))
def test_every_outcome_has_an_explanation(outcome: Outcome) -> None:
    error, cause = explain(outcome)
    assert (error.code, error.sub_code) == (outcome.code, outcome.sub_code)
    assert error.message == outcome.message or (error.message and not outcome.message)
    assert WHAT_TO_DO.search(error.remedy) or "Send" in error.remedy
    assert cause in Cause
    assert is_ordinary_end(outcome) or outcome.code >= 300


@given(st.builds(Outcome, CODES, SUB_CODES, MESSAGES))
def test_the_first_row_that_matches_holds(outcome: Outcome) -> None:
    rows = [row for row in (*CALL_CODES, *CALLEE_CODES, *CALL_END_CODES) if matches(row, outcome)]
    assert len(rows) <= 1
