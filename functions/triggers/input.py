"""What callers send, checked field by field."""

import re
from typing import Any

import azure.functions as func
import msgspec

from functions.errors import InputRefused

LARGEST_BODY = 64 * 1024
LONGEST_TEXT = 256
MOST_SPEAKERS = 500
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
PLACE = re.compile(r" - at `\$\.?(?P<field>[^`]*)`")
UNKNOWN = re.compile(r"unknown field `(?P<field>[^`]*)`")
MISSING = re.compile(r"missing required field `(?P<field>[^`]*)`")
FORM_REMEDIES = {
    "call.to": 'Send an array, also of one: {"call": {"to": ["+15551230000"], "from": "+15559870000"}}.',
}
"""What to send instead, where the form of a field is easily mistaken."""


def read_body[Body](req: func.HttpRequest, form: type[Body]) -> Body:
    """The request's JSON in its form. Raises InputRefused, which names the field."""
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
        raise explain(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InputRefused("The body is not JSON.", field="body", remedy="Send a JSON object.") from None


def explain(complaint: str) -> InputRefused:
    """Msgspec's complaint as our error."""
    place = PLACE.search(complaint)
    within = place["field"].removesuffix("[...]") if place else ""
    parts = [within] if within else []
    unknown, missing = UNKNOWN.search(complaint), MISSING.search(complaint)
    named = unknown or missing
    field = ".".join([*parts, *([named["field"]] if named else [])]) or "body"
    remedy = FORM_REMEDIES.get(field, "Send it in the form that docs/api.md shows.")
    if unknown:
        remedy = "Leave it out, or check its spelling."
    if missing:
        remedy = f"Send it: {named['field'] if named else field}."
    return InputRefused(PLACE.sub("", complaint) + ".", field=field, remedy=remedy)


def read_text(text: str, field: str, longest: int) -> str:
    """A text that is not blank, not too long and has no control characters. Raises InputRefused."""
    kept = text.strip()
    wrong = what_is_wrong(kept, longest)
    if wrong is not None:
        raise InputRefused(
            f"{field} {wrong}.", field=field, remedy="Send the id or text as you got it, on one line."
        )
    return kept


def what_is_wrong(text: str, longest: int) -> str | None:
    """Why a text cannot be taken, if so."""
    if not text:
        return "is empty"
    if len(text) > longest:
        return f"is longer than {longest} characters"
    return "has control characters" if CONTROL.search(text) else None


def read_speakers(speakers: dict[str, str]) -> dict[str, str]:
    """Names by raw id. Raises InputRefused."""
    if len(speakers) > MOST_SPEAKERS:
        raise InputRefused(
            f"There are more than {MOST_SPEAKERS} speakers.",
            field="speakers",
            remedy="Send those of this call.",
        )
    return {
        read_text(raw_id, "speakers", LONGEST_TEXT): read_text(name, f"speakers.{raw_id[:80]}", LONGEST_TEXT)
        for raw_id, name in speakers.items()
    }


def read_number(req: func.HttpRequest, name: str, default: int, most: int) -> int:
    """A whole number from 1 to `most` in the query. Raises InputRefused."""
    text = req.params.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > len(str(most)) or not 1 <= int(text) <= most:
        raise InputRefused(
            f"{text[:32]!r} is not a number from 1 to {most}.",
            field=name,
            remedy=f"Send 1 to {most}, or nothing.",
        )
    return int(text)


def one_of(value: str | None, field: str, allowed: Any) -> str | None:
    """The value, if it is one of those allowed. Raises InputRefused with the list."""
    if value is None or value in allowed:
        return value
    raise InputRefused(
        f"{value[:64]!r} is not known here.", field=field, remedy=f"Send one of {', '.join(allowed)}."
    )
