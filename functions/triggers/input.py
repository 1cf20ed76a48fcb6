"""What callers send, checked field by field."""

from typing import Annotated, Any, NoReturn

import azure.functions as func
import msgspec
from msgspec import Meta

from functions.errors import InputRefused
from functions.lifecycle.raw_ids import NUMBER_FORM, NUMBER_PATTERN
from functions.lifecycle.wishes import MOST_NAMES
from functions.triggers.refusals import refusal

LARGEST_BODY = 64 * 1024
LINE = r"^[^\S\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$(?!\n)"
"""Something that is not blank, without control characters. Python's `$` alone would let a last line feed pass."""


def line(longest: int, description: str) -> Meta:
    """What makes a text a line of up to so many characters."""
    return Meta(
        min_length=1,
        max_length=longest,
        pattern=LINE,
        description=description,
        extra={
            "wrong": "is blank or has control characters",
            "remedy": "Send the id or text as you got it, on one line.",
        },
    )


def phone_number(description: str) -> Meta:
    """What makes a text a number in E.164."""
    return Meta(
        description=description, extra={"remedy": NUMBER_FORM}, extra_json_schema={"pattern": NUMBER_PATTERN}
    )


RawId = Annotated[str, line(256, "The provider's id of a person or a phone.")]
SpeakerName = Annotated[str, line(256, "The name to show.")]
Speakers = Annotated[
    dict[RawId, SpeakerName],
    Meta(
        max_length=MOST_NAMES,
        description="Names by raw id.",
        extra={"remedy": f'Send up to {MOST_NAMES} names by raw id: {{"8:acs:…": "Ada"}}.'},
    ),
]

SpeakerChanges = Annotated[
    dict[RawId, SpeakerName | None],
    Meta(
        max_length=MOST_NAMES,
        description="Names by raw id; null takes a name back.",
        extra={
            "remedy": f'Send up to {MOST_NAMES} names by raw id, or null: {{"8:acs:…": "Ada", "8:acs:…": null}}.'
        },
    ),
]


def read_body(req: func.HttpRequest, form: Any) -> Any:
    """The request's JSON in its form, which is a type. Raises InputRefused, which names the field."""
    body = req.get_body()
    if not body.strip():
        raise InputRefused("The body is empty.", field="body", remedy="Send a JSON object.")
    if len(body) > LARGEST_BODY:
        raise InputRefused(
            f"The body is larger than {LARGEST_BODY} bytes.", field="body", remedy="Send less."
        )
    try:
        return msgspec.json.decode(body, type=form)
    except msgspec.ValidationError as error:
        raise refusal(str(error), form, read_anything(body)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise no_json() from None


def read_anything(body: bytes) -> Any:
    """The body's JSON, which may be damaged behind the place of a complaint. Raises InputRefused."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise no_json() from None


def no_json() -> InputRefused:
    """The body cannot be read at all."""
    return InputRefused("The body is not JSON.", field="body", remedy="Send a JSON object.")


def refuse(detail: str, field: str, remedy: str) -> NoReturn:
    """Raise InputRefused."""
    raise InputRefused(detail, field=field, remedy=remedy)


def read_speakers(speakers: dict[str, str]) -> dict[str, str]:
    """Names by raw id, without blanks around them."""
    return {raw_id.strip(): name.strip() for raw_id, name in speakers.items()}


def read_changes(speakers: dict[str, str | None]) -> dict[str, str | None]:
    """Changes to names by raw id, without blanks around them."""
    return {raw_id.strip(): name and name.strip() for raw_id, name in speakers.items()}
