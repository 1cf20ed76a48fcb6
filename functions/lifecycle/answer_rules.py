"""Which incoming calls are answered, and how their transcription begins."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from functions.errors import InputRefused
from functions.lifecycle.bandwidth import LOCALES
from functions.lifecycle.locales import read_locale
from functions.lifecycle.raw_ids import PERSON_FORMS, is_acs_user, is_phone, read_person
from functions.lifecycle.session import IncomingCall, StartAt, StartRequest

MOST_RULES = 100
LONGEST_TEXT = 256
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
DEFAULT_LOCALE = "en-US"
EXAMPLE = 'Write a JSON array of objects: [{"to": "+15551230000", "connectTo": "8:acs:…"}].'
ONE_OF_BOTH = (
    'Write either "connectTo", whom the caller is connected to, or "answerAlone": true. A call of Bandwidth can have '
    '"continueWith" instead: the BXML that it goes on with.'
)


class AnswerRule(msgspec.Struct, frozen=True):
    """Calls to `to` are answered; the caller is then connected to `connect_to`, or stays alone with us. Raw ids.

    `continue_with` is the script of calls that are run by scripts.
    """

    to: str
    connect_to: str | None = None
    continue_with: str | None = None
    locale: str = DEFAULT_LOCALE
    interim_results: bool = True
    start_at: StartAt = StartAt.CONNECTED
    speech_model_endpoint_id: str | None = None
    tag: str | None = None


def match(rules: tuple[AnswerRule, ...], call: IncomingCall) -> StartRequest | None:
    """What to start for a call that rings, or none if no rule wants it answered."""
    rule = find(rules, call)
    if rule is None or rule.continue_with is not None:
        return None
    # Known issue of Microsoft's how-to: no startTranscription on 1:1 calls with users of ACS.
    start_at = StartAt.CONNECTED if is_acs_user(call.caller) else rule.start_at
    return StartRequest(
        call=replace(call, connect_to=rule.connect_to),
        locale=rule.locale,
        interim_results=rule.interim_results,
        tag=rule.tag,
        start_at=start_at,
        speech_model_endpoint_id=rule.speech_model_endpoint_id,
    )


def match_script(rules: tuple[AnswerRule, ...], call: IncomingCall) -> StartRequest | None:
    """What to start for a call that rings and is run by a script, or none if no rule wants it answered.

    A script says by itself whom the caller is connected to, so a rule with `connect_to` is for other calls.
    """
    rule = find(rules, call)
    if rule is None or rule.connect_to is not None:
        return None
    return StartRequest(
        call=call,
        locale=rule.locale,
        interim_results=rule.interim_results,
        tag=rule.tag,
        start_at=rule.start_at,
        continuation=rule.continue_with or "",
    )


def find(rules: tuple[AnswerRule, ...], call: IncomingCall) -> AnswerRule | None:
    """The rule for who is called, if there is one."""
    return next((rule for rule in rules if same(rule.to, call.called)), None)


def same(one: str, other: str) -> bool:
    """Whether two raw ids are of the same person; the GUIDs in them may be in either case."""
    return one.casefold() == other.casefold()


# --- rules as people write them


def read_answer_rules(text: str) -> tuple[tuple[AnswerRule, ...], list[str]]:
    """The rules in a JSON text, or everything that is wrong with them, a line each."""
    try:
        given = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return (), [f"is not JSON. {EXAMPLE}"]
    if not isinstance(given, list) or not all(isinstance(rule, dict) for rule in given):
        return (), [f"is not an array of objects. {EXAMPLE}"]
    if len(given) > MOST_RULES:
        return (), [f"has more than {MOST_RULES} rules. Answer further calls in an app of their own."]
    mistakes = [*mistakes_in_rules(given), *mistakes_among(given)]
    return (() if mistakes else tuple(rule_of(rule) for rule in given)), mistakes


def rule_of(given: dict[str, Any]) -> AnswerRule:
    """A rule that was checked."""
    connect_to = given.get("connectTo")
    return AnswerRule(
        to=person_of(given["to"]),
        connect_to=None if connect_to is None else person_of(connect_to),
        continue_with=text_of(given.get("continueWith")),
        locale=read_locale(given.get("locale", DEFAULT_LOCALE)),
        interim_results=given.get("interimResults", True),
        start_at=StartAt(given.get("startAt", StartAt.CONNECTED)),
        speech_model_endpoint_id=text_of(given.get("speechModelEndpointId")),
        tag=text_of(given.get("tag")),
    )


def mistakes_in_rules(rules: list[dict[str, Any]]) -> Iterator[str]:
    """What is wrong within each rule."""
    for number, rule in enumerate(rules, 1):
        for mistake in mistakes_in(rule):
            yield f"rule {number}: {mistake}"


def mistakes_in(rule: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a rule by itself."""
    for field in sorted(rule.keys() - REMEDIES.keys()):
        yield f"there is no field {field[:64]!r}. Write some of {', '.join(REMEDIES)}."
    if "to" not in rule:
        yield f"to is missing. {PERSON_FORMS}"
    if sum(field in rule for field in ("connectTo", "answerAlone", "continueWith")) != 1:
        yield ONE_OF_BOTH
    if "continueWith" in rule and lacks_locale(rule.get("locale", DEFAULT_LOCALE)):
        yield f"locale is wrong. A call with continueWith is one of Bandwidth: write one of {', '.join(LOCALES)}."
    for field, remedy_for in REMEDIES.items():
        remedy = remedy_for(rule[field]) if field in rule else None
        if remedy is not None:
            yield f"{field} is wrong. {remedy}"


def mistakes_among(rules: list[dict[str, Any]]) -> Iterator[str]:
    """What is wrong with the rules together: who is called is named once, and a call does not come round again."""
    called = Counter(person_of(rule.get("to")).casefold() for rule in rules)
    for number, rule in enumerate(rules, 1):
        to, connect_to = person_of(rule.get("to")), person_of(rule.get("connectTo"))
        if to and called[to.casefold()] > 1:
            yield f"rule {number}: another rule has the same to. Write one rule for each."
        if is_phone(connect_to) and connect_to in called:
            yield f"rule {number}: connectTo is a number that a rule answers: it would ring here again. Write another."
        if is_phone(connect_to) and to and not is_phone(to):
            yield f"rule {number}: connectTo is a number, but to is none that it could be shown. Write a user's raw id."


def person_of(value: Any) -> str:
    """The raw id that a field names; empty if it names none."""
    return (read_person(value) if isinstance(value, str) else None) or ""


def lacks_locale(value: Any) -> bool:
    """Whether it is a locale, but none in which calls that are run by scripts are transcribed."""
    return remedy_for_locale(value) is None and read_locale(value) not in LOCALES


def text_of(value: str | None) -> str | None:
    """A text without the blanks around it."""
    return None if value is None else value.strip()


def remedy_for_person(value: Any) -> str | None:
    """What to write instead, if it is nobody."""
    return None if person_of(value) else PERSON_FORMS


def remedy_for_locale(value: Any) -> str | None:
    """What to write instead, if it is no locale."""
    try:
        read_locale(value if isinstance(value, str) else "")
    except InputRefused as refused:
        return refused.remedy
    return None


def remedy_for_text(value: Any) -> str | None:
    """What to write instead, if it is no short text on one line."""
    if isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_TEXT and not CONTROL.search(value):
        return None
    return f"Write a text of up to {LONGEST_TEXT} characters on one line."


def remedy_for_start_at(value: Any) -> str | None:
    """What to write instead, if it is no moment to start at."""
    return None if value in list(StartAt) else f"Write one of {', '.join(StartAt)}."


def remedy_for_interim_results(value: Any) -> str | None:
    """What to write instead, if it is neither true nor false."""
    return None if isinstance(value, bool) else "Write true or false."


def remedy_for_answer_alone(value: Any) -> str | None:
    """What to write instead, if it is not true."""
    return None if value is True else "Write true, or leave it out and write connectTo."


def remedy_for_continuation(value: Any) -> str | None:
    """What to write instead, if it is no BXML that keeps a call."""
    from functions.lifecycle.bxml import read_continuation  # noqa: PLC0415 -- spares the others an XML parser

    try:
        read_continuation(value if isinstance(value, str) else "", "continueWith")
    except InputRefused as refused:
        return f"{refused} {refused.remedy}"
    return None


REMEDIES: dict[str, Callable[[Any], str | None]] = {
    "to": remedy_for_person,
    "connectTo": remedy_for_person,
    "answerAlone": remedy_for_answer_alone,
    "continueWith": remedy_for_continuation,
    "locale": remedy_for_locale,
    "interimResults": remedy_for_interim_results,
    "startAt": remedy_for_start_at,
    "speechModelEndpointId": remedy_for_text,
    "tag": remedy_for_text,
}
"""Every field of a rule, with what tells what to write instead of a value that is wrong."""
