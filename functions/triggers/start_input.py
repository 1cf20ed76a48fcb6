"""What callers send to start a session, checked field by field."""

import re
from typing import NoReturn

import azure.functions as func
import msgspec

from functions.errors import InputRefused
from functions.lifecycle.locales import read_locale
from functions.lifecycle.raw_ids import (
    NUMBER_FORM,
    PERSON_FORMS,
    is_acs_user,
    is_phone,
    read_number,
    read_person,
)
from functions.lifecycle.session import CallLocator, LocatorKind, PlacedCall, StartAt, StartRequest
from functions.triggers.input import LONGEST_TEXT, one_of, read_body, read_speakers, read_text

LONGEST_LOCATOR = {LocatorKind.GROUP_CALL: 256, LocatorKind.SERVER_CALL: 4096, LocatorKind.ROOM: 256}
MOST_CALLEES = 10
KEY = re.compile(r"[!-~]{1,255}")
CALL_REMEDY = (
    'Send one of groupCallId, serverCallId, roomId and to, such as {"call": {"groupCallId": "…"}} or '
    '{"call": {"to": ["+15551230000"], "from": "+15559870000"}}.'
)
SETUP_REMEDY = (
    "Leave startAt out: the transcription then starts as soon as the call is connected. ACS cannot start it with "
    "the set-up of a call to one of its users alone."
)


class CallBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which call: exactly one of the fields, and `from` beside `to`."""

    group_call_id: str | None = None
    server_call_id: str | None = None
    room_id: str | None = None
    to: list[str] | None = None
    caller: str | None = msgspec.field(name="from", default=None)


class StartBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The body of a start."""

    call: CallBody
    locale: str = "en-US"
    interim_results: bool = True
    speakers: dict[str, str] = {}
    tag: str | None = None
    start_at: str = StartAt.CONNECTED.value
    speech_model_endpoint_id: str | None = None


def read_start(req: func.HttpRequest) -> StartRequest:
    """The start that a request asks for. Raises InputRefused."""
    body = read_body(req, StartBody)
    call = read_call(body.call)
    return StartRequest(
        call=call,
        locale=read_locale(body.locale),
        interim_results=body.interim_results,
        speakers=read_speakers(body.speakers),
        tag=read_optional(body.tag, "tag"),
        start_at=read_start_at(body.start_at, call),
        speech_model_endpoint_id=read_optional(body.speech_model_endpoint_id, "speechModelEndpointId"),
    )


def read_idempotency_key(req: func.HttpRequest) -> str | None:
    """The key under which this start may be repeated, if there is one. Raises InputRefused."""
    key: str | None = req.headers.get("Idempotency-Key")
    if key is None or KEY.fullmatch(key):
        return key
    raise InputRefused(
        "The Idempotency-Key cannot be taken.",
        field="Idempotency-Key",
        remedy="Send 1 to 255 visible ASCII characters without blanks, such as a UUID.",
    )


def read_optional(text: str | None, field: str) -> str | None:
    """A short text, or none. Raises InputRefused."""
    return None if text is None else read_text(text, field, LONGEST_TEXT)


def read_start_at(text: str, call: CallLocator | PlacedCall) -> StartAt:
    """When the transcription starts. Raises InputRefused, also for what ACS cannot do with this call."""
    one_of(text, "startAt", list(StartAt))
    if text == StartAt.SETUP and isinstance(call, PlacedCall) and is_one_acs_user(call):
        # Known issue of Microsoft's how-to: no startTranscription on 1:1 calls with users of ACS.
        refuse("The transcription of this call cannot start with its set-up.", "startAt", SETUP_REMEDY)
    return StartAt(text)


def is_one_acs_user(call: PlacedCall) -> bool:
    """Whether the call is between us and one user of ACS."""
    return len(call.to) == 1 and is_acs_user(call.to[0])


# --- which call


def read_call(call: CallBody) -> CallLocator | PlacedCall:
    """The one call in the body, which exists or is to be placed. Raises InputRefused for none and for two."""
    locators = {
        LocatorKind.GROUP_CALL: call.group_call_id,
        LocatorKind.SERVER_CALL: call.server_call_id,
        LocatorKind.ROOM: call.room_id,
    }
    named = [(kind, value) for kind, value in locators.items() if value is not None]
    if len(named) + (call.to is not None) > 1:
        refuse("The call is named more than once.", "call", CALL_REMEDY)
    if call.to is not None:
        return read_placed_call(call.to, call.caller)
    if not named:
        refuse("No call is named.", "call", CALL_REMEDY)
    if call.caller is not None:
        refuse("A call that exists has its caller.", "call.from", "Leave it out, or send to beside it.")
    kind, value = named[0]
    return CallLocator(kind, read_text(value, f"call.{kind}", LONGEST_LOCATOR[kind]))


def read_placed_call(to: list[str], caller: str | None) -> PlacedCall:
    """Whom to ring, and the number that they see. Raises InputRefused."""
    if not 1 <= len(to) <= MOST_CALLEES:
        refuse(
            "There is nobody to ring, or too many.", "call.to", f"Send 1 to {MOST_CALLEES}. {PERSON_FORMS}"
        )
    callees = tuple(read_callee(text, f"call.to[{place}]") for place, text in enumerate(to))
    if len({callee.casefold() for callee in callees}) < len(callees):
        refuse("Somebody is to be rung twice.", "call.to", "Send each one once.")
    return PlacedCall(callees, read_caller(caller, callees))


def read_callee(text: str, field: str) -> str:
    """The raw id of one to ring. Raises InputRefused."""
    callee = read_person(text)
    if callee is None:
        refuse(f"{text[:64]!r} is nobody who can be rung.", field, PERSON_FORMS)
    return callee


def read_caller(text: str | None, callees: tuple[str, ...]) -> str | None:
    """The number that phones show. Raises InputRefused if it is none, or if there is none for a phone."""
    if text is None and any(is_phone(callee) for callee in callees):
        refuse(
            "A phone is rung from a number.", "call.from", f"Send a number of the ACS resource. {NUMBER_FORM}"
        )
    number = None if text is None else read_number(text)
    if text is not None and number is None:
        refuse(f"{text[:64]!r} is no number to call from.", "call.from", NUMBER_FORM)
    return number


def refuse(detail: str, field: str, remedy: str) -> NoReturn:
    """Raise InputRefused."""
    raise InputRefused(detail, field=field, remedy=remedy)
