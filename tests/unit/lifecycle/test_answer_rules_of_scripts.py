"""Rules for calls that are run by scripts (Bandwidth's): what they go on with, and whom ACS's rules leave alone."""

from msgspec.structs import replace

from functions.lifecycle.answer_rules import AnswerRule, match, match_script
from functions.lifecycle.session import StartRequest
from tests.unit.lifecycle.test_answer_rules import ADA, NUMBER, PHONE, mistakes_of, read, ringing

NEXT = '<Redirect redirectUrl="https://app.example/next"/>'


def test_a_rule_with_a_continuation_is_for_calls_that_are_run_by_scripts_alone() -> None:
    rules = read({"to": NUMBER, "continueWith": NEXT, "locale": "fr-FR", "interimResults": False, "tag": "t"})
    assert rules == (AnswerRule(PHONE, continue_with=NEXT, locale="fr-FR", interim_results=False, tag="t"),)
    assert match_script(rules, ringing()) == StartRequest(
        call=ringing(), locale="fr-FR", interim_results=False, tag="t", continuation=NEXT
    )
    assert match(rules, ringing()) is None


def test_a_rule_that_connects_the_caller_is_for_acs_alone() -> None:
    rules = read({"to": NUMBER, "connectTo": ADA})
    assert match_script(rules, ringing()) is None
    assert match(rules, ringing()) is not None


def test_a_rule_that_answers_alone_is_for_both() -> None:
    rules = read({"to": NUMBER, "answerAlone": True})
    scripted = match_script(rules, ringing())
    assert scripted is not None
    assert replace(scripted, locale="en-US") == match(rules, ringing())


def test_a_call_that_no_rule_names_is_run_by_no_script() -> None:
    assert match_script(read({"to": ADA, "answerAlone": True}), ringing()) is None


def test_a_continuation_that_would_lose_the_call_is_told_with_what_to_write() -> None:
    (mistake,) = mistakes_of({"to": NUMBER, "continueWith": "<Hangup/>"})
    assert mistake.startswith(
        "rule 1: continueWith is wrong. continueWith has no verb that keeps the call. Send"
    )
    assert mistakes_of({"to": NUMBER, "continueWith": 5})
    (both,) = mistakes_of({"to": NUMBER, "continueWith": NEXT, "answerAlone": True})
    assert "Write either" in both


def test_a_locale_that_calls_with_a_continuation_lack_is_told_with_those_that_they_have() -> None:
    (mistake,) = mistakes_of({"to": NUMBER, "continueWith": NEXT, "locale": "de-DE"})
    assert mistake == (
        "rule 1: locale is wrong. A call with continueWith is one of Bandwidth: write one of en-US, es-US, fr-FR."
    )
    assert len(mistakes_of({"to": NUMBER, "continueWith": NEXT, "locale": 5})) == 1
    assert read({"to": NUMBER, "answerAlone": True, "locale": "de-DE"})
