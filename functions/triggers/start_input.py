"""What callers send to start a session, checked field by field."""

import re
from collections.abc import Container
from typing import Annotated, Any

import azure.functions as func
import msgspec
from msgspec import Meta

from functions.errors import InputRefused
from functions.lifecycle.bandwidth import PROVIDER
from functions.lifecycle.locales import LOCALE_FORM, LOCALE_PATTERN, read_locale
from functions.lifecycle.raw_ids import (
    NUMBER_FORM,
    PERSON_FORMS,
    PERSON_PATTERN,
    is_acs_user,
    is_phone,
    read_number,
    read_person,
)
from functions.lifecycle.session import CallLocator, LocatorKind, PlacedCall, StartAt, StartRequest
from functions.triggers.bandwidth_input import (
    ONE_BANDWIDTH_CALL,
    BandwidthCall,
    at_bandwidth,
    not_served,
    read_bandwidth_call,
)
from functions.triggers.input import Speakers, line, phone_number, read_body, read_speakers, refuse

KEY = re.compile(r"[!-~]{1,255}")
CALL_REMEDY = (
    'Send one of groupCallId, serverCallId, roomId, to and bandwidth, such as {"call": {"groupCallId": "…"}} or '
    '{"call": {"to": ["+15551230000"], "from": "+15559870000"}}.'
)
CALLEES_REMEDY = (
    'Send an array of 1 to 10: {"call": {"to": ["+15551230000"], "from": "+15559870000"}}. '
    f"{PERSON_FORMS}"
)
SETUP_REMEDY = (
    "Leave startAt out: the transcription then starts as soon as the call is connected. ACS cannot start it with "
    "the set-up of a call to one of its users alone."
)


Callee = Annotated[
    str,
    Meta(
        description="A phone number in E.164, or the raw id of a phone or a user.",
        extra={"remedy": PERSON_FORMS},
        extra_json_schema={"pattern": PERSON_PATTERN},
    ),
]
Number = Annotated[str, phone_number("The number of the ACS resource that phones show, in E.164.")]
Callees = Annotated[
    list[Callee],
    Meta(
        min_length=1,
        max_length=10,
        description="Whom to ring: each one once.",
        extra={"remedy": CALLEES_REMEDY},
        extra_json_schema={"uniqueItems": True},
    ),
]
Locale = Annotated[
    str,
    Meta(
        description="Language and region, perhaps with script and dialect.",
        extra={"remedy": LOCALE_FORM},
        extra_json_schema={"pattern": LOCALE_PATTERN},
    ),
]


class CallBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which call: exactly one of the fields, and `from` beside `to`, which a phone cannot be rung without.

    `bandwidth` is a call there, any other one of ACS.
    """

    group_call_id: Annotated[str, line(256, "The group of a call that exists.")] | None = None
    server_call_id: Annotated[str, line(4096, "ACS's id of a call that exists.")] | None = None
    room_id: Annotated[str, line(256, "The room of a call that exists.")] | None = None
    to: Callees | None = None
    caller: Number | None = msgspec.field(name="from", default=None)
    bandwidth: BandwidthCall | None = None


def call_by(name: str, others: tuple[str, ...], **more: Any) -> dict[str, Any]:
    """The schema of a call that is named in one way and in none of the others."""
    named = {name: {"not": {"type": "null"}}} | {other: {"type": "null"} for other in others}
    return {"required": [name], "properties": named} | more


FROM_A_NUMBER = {"required": ["from"], "properties": {"from": {"type": "string"}}}
TO_USERS_ALONE = {"properties": {"to": {"items": {"pattern": "^8:"}}}}
ONE_CALL = Meta(
    extra_json_schema={
        "oneOf": [
            call_by("groupCallId", ("serverCallId", "roomId", "to", "from", "bandwidth")),
            call_by("serverCallId", ("groupCallId", "roomId", "to", "from", "bandwidth")),
            call_by("roomId", ("groupCallId", "serverCallId", "to", "from", "bandwidth")),
            call_by(
                "to",
                ("groupCallId", "serverCallId", "roomId", "bandwidth"),
                anyOf=[FROM_A_NUMBER, TO_USERS_ALONE],
            ),
            call_by(
                "bandwidth",
                ("groupCallId", "serverCallId", "roomId", "to", "from"),
                allOf=[{"properties": {"bandwidth": ONE_BANDWIDTH_CALL}}],
            ),
        ]
    }
)
"""What `read_call` checks, for those who read no Python."""


class StartBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The body of a start."""

    call: Annotated[CallBody, ONE_CALL]
    locale: Locale = "en-US"
    interim_results: Annotated[bool, Meta(description="Whether viewers get words still being said.")] = True
    speakers: Speakers = {}
    tag: Annotated[str, line(256, "A text of yours, to find the session by.")] | None = None
    start_at: Annotated[
        StartAt,
        Meta(
            description="`setup` transcribes from the first moment of our connection; not in a call with one ACS user."
        ),
    ] = StartAt.CONNECTED
    speech_model_endpoint_id: (
        Annotated[str, line(256, "A custom speech model, used in the locale of the start.")] | None
    ) = None


def read_start(req: func.HttpRequest, served: Container[str] = (PROVIDER,)) -> StartRequest:
    """The start that a request asks for, of ACS or of another provider served. Raises InputRefused, Conflict."""
    body: StartBody = read_body(req, StartBody)
    if body.call.bandwidth is not None and PROVIDER not in served:
        raise not_served()
    call = read_call(body.call)
    check_start_at(body.start_at, call)
    request = StartRequest(
        call=call,
        locale=read_locale(body.locale),
        interim_results=body.interim_results,
        speakers=read_speakers(body.speakers),
        tag=stripped(body.tag),
        start_at=body.start_at,
        speech_model_endpoint_id=stripped(body.speech_model_endpoint_id),
    )
    return request if body.call.bandwidth is None else at_bandwidth(request, body.call.bandwidth)


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


def stripped(text: str | None) -> str | None:
    """The text without blanks around it, or none."""
    return None if text is None else text.strip()


def check_start_at(start_at: StartAt, call: CallLocator | PlacedCall) -> None:
    """Raise InputRefused for what ACS cannot do with this call."""
    if start_at is StartAt.SETUP and isinstance(call, PlacedCall) and is_one_acs_user(call):
        # Known issue of Microsoft's how-to: no startTranscription on 1:1 calls with users of ACS.
        refuse("The transcription of this call cannot start with its set-up.", "startAt", SETUP_REMEDY)


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
    if len(named) + (call.to is not None) + (call.bandwidth is not None) > 1:
        refuse("The call is named more than once.", "call", CALL_REMEDY)
    if call.to is not None:
        return read_placed_call(call.to, call.caller)
    if call.bandwidth is not None and call.caller is None:
        return read_bandwidth_call(call.bandwidth)
    if not named:
        refuse("No call is named.", "call", CALL_REMEDY)
    if call.caller is not None:
        refuse("A call that exists has its caller.", "call.from", "Leave it out, or send to beside it.")
    kind, value = named[0]
    return CallLocator(kind, value.strip())


def read_placed_call(to: list[str], caller: str | None) -> PlacedCall:
    """Whom to ring, and the number that they see. Raises InputRefused."""
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
