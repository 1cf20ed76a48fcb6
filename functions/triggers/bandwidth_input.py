"""The calls of Bandwidth that a start can name, checked field by field."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from functions.errors import Conflict, InputRefused
from functions.lifecycle.bandwidth import LOCALES, PROVIDER
from functions.lifecycle.raw_ids import NUMBER_FORM, PHONE, read_number
from functions.lifecycle.session import CallLocator, LocatorKind, PlacedCall, StartAt, StartRequest
from functions.triggers.input import phone_number, refuse

FORMS = (
    'Send {"bandwidth": {"to": "+15551230000", "from": "+15559870000"}} to place a call, or {"bandwidth": {"callId": '
    '"c-…", "continueWith": "<Redirect redirectUrl=\\"https://…\\"/>"}} for one that another application runs.'
)
CONTINUE = (
    "Send what the call shall go on with, such as <Redirect …/> to the application that runs it: BXML from us ends "
    "what the call is doing, and BXML that runs out hangs up."
)
Number = Annotated[str, phone_number("A phone number in E.164.")]
Bxml = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=8192,
        description="BXML with which the call goes on after each request of ours; it must keep the call.",
        extra={"remedy": CONTINUE},
    ),
]


CallId = Annotated[
    str,
    Meta(
        max_length=256,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$(?!\n)",
        description="Bandwidth's id of a call that was answered.",
        extra={
            "wrong": "is no id of a call",
            "remedy": "Send the callId that Bandwidth gave, such as c-95ac8d6e-1a31c52e-b38f-4198-93c1-51633ec68f8d.",
        },
    ),
]


class BandwidthCall(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A call that is placed (`to`, `from`), or one that another application runs (`callId`, `continueWith`)."""

    to: Number | None = None
    caller: Number | None = msgspec.field(name="from", default=None)
    call_id: CallId | None = None
    continue_with: Bxml | None = None


def not_served() -> Conflict:
    """There is no account there."""
    return Conflict(
        "This deployment serves no calls of Bandwidth.",
        remedy="Set the BANDWIDTH_… settings of the function app, or name a call of ACS.",
    )


def is_null(*names: str) -> dict[str, Any]:
    """The schema of fields that must not be given."""
    return {name: {"type": "null"} for name in names}


ONE_BANDWIDTH_CALL: dict[str, Any] = {
    "oneOf": [
        {
            "required": ["to", "from"],
            "properties": {"to": {"type": "string"}, "from": {"type": "string"}} | is_null("callId"),
        },
        {
            "required": ["callId", "continueWith"],
            "properties": {"callId": {"type": "string"}, "continueWith": {"type": "string"}}
            | is_null("to", "from"),
        },
    ]
}
"""What `read_bandwidth_call` checks, for those who read no Python."""


def read_bandwidth_call(call: BandwidthCall) -> CallLocator | PlacedCall:
    """The one call that is named. Raises InputRefused."""
    check_continuation(call.continue_with)
    if call.call_id is not None:
        return read_running_call(call, call.call_id)
    if call.to is None or call.caller is None:
        refuse("No call of Bandwidth is named, or only half of one.", "call.bandwidth", FORMS)
    to, caller = read_number(call.to), read_number(call.caller)
    if to is None:
        refuse(f"{call.to[:64]!r} is no number to call.", "call.bandwidth.to", NUMBER_FORM)
    if caller is None:
        refuse(f"{call.caller[:64]!r} is no number to call from.", "call.bandwidth.from", NUMBER_FORM)
    return PlacedCall((PHONE + to,), caller)


def read_running_call(call: BandwidthCall, call_id: str) -> CallLocator:
    """A call that another application runs. Raises InputRefused without a continuation: it would be hung up."""
    if call.to is not None or call.caller is not None:
        refuse("The call is named more than once.", "call.bandwidth", FORMS)
    if call.continue_with is None:
        refuse("Nothing says what the call shall go on with.", "call.bandwidth.continueWith", CONTINUE)
    return CallLocator(LocatorKind.CALL, call_id)


def check_continuation(text: str | None) -> None:
    """Raise InputRefused for BXML that cannot be read or does not keep a call."""
    if text is None:
        return
    from functions.lifecycle.bxml import read_continuation  # noqa: PLC0415 -- spares the others an XML parser

    read_continuation(text, "call.bandwidth.continueWith")


def at_bandwidth(request: StartRequest, call: BandwidthCall) -> StartRequest:
    """The start as one at Bandwidth. Raises InputRefused.

    The transcription starts with what answers the call; in one that was answered before, by a request of its own.
    """
    if request.locale not in LOCALES:
        raise InputRefused(
            f"Bandwidth does not transcribe {request.locale}.",
            field="locale",
            remedy=f"Send one of {', '.join(LOCALES)}.",
            code="invalid-locale",
        )
    if request.speech_model_endpoint_id is not None:
        refuse(
            "Bandwidth takes no speech model.",
            "speechModelEndpointId",
            "Leave it out for a call of Bandwidth.",
        )
    return replace(
        request,
        provider=PROVIDER,
        start_at=StartAt.CONNECTED if isinstance(request.call, CallLocator) else StartAt.SETUP,
        continuation=(call.continue_with or "").strip(),
        locales=LOCALES,
    )
