"""What msgspec has against input, in our words: which field, what is wrong with it, what to send instead.

The words come from the types that were asked for: bounds and lists of values from the constraints themselves, and
where those say too little, from `Meta(extra={"wrong": …, "remedy": …})` beside them.
"""

import re
from enum import StrEnum
from types import UnionType
from typing import Annotated, Any, Literal, TypeAliasType, Union, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo

from functions.errors import InputRefused

PATH = re.compile(r" - at (?P<key>`key` in )?`\$(?P<path>[^`]*)`$")
STEP = re.compile(r"\.([^.\[]+)|\[([^\[\]]+)\]")
UNKNOWN = re.compile(r"unknown field `(?P<field>[^`]*)`")
MISSING = re.compile(r"missing required field `(?P<field>[^`]*)`")
LENGTH = re.compile(r"of length (?P<bound>[<>]=) (?P<number>\d+)$")
ANY_ENTRY = "..."
SHOWN = 80
"""So many letters of what came are shown again."""
REMEDY = "Send it in the form that /api/openapi.json tells."


class Place(msgspec.Struct, frozen=True):
    """A place in what was given: its name, the type that it asks for with its constraints, and what is there."""

    field: str
    form: Any
    given: Any
    bounds: msgspec.Meta = msgspec.Meta()

    @property
    def words(self) -> dict[str, str]:
        """What the type itself says of a wrong value."""
        return self.bounds.extra or {}


def refusal(complaint: str, form: Any, given: Any) -> InputRefused:
    """Msgspec's complaint about what was given in a form (a type), as our error."""
    found = PATH.search(complaint)
    whole = opened(Place("", form, given))
    try:
        place = follow(whole, found["path"] if found else "")
    except LookupError:  # an unknown field whose name ends as a complaint does
        place = whole
    if unknown := UNKNOWN.search(complaint):
        return refuse_unknown(place, unknown["field"])
    if missing := MISSING.search(complaint):
        field = within(place, missing["field"])
        return InputRefused(f"{field} is missing.", field=field, remedy=f"Send it: {field}.")
    if found and found["key"]:
        return refuse_key(place)
    return refuse_value(place, PATH.sub("", complaint))


# --- where it is


def opened(place: Place) -> Place:
    """The place without what only wraps its type: a name for it, constraints, `| None`."""
    origin, arguments = get_origin(place.form), get_args(place.form)
    if isinstance(place.form, TypeAliasType):
        return opened(msgspec.structs.replace(place, form=place.form.__value__))
    if origin in {Union, UnionType}:
        return opened(msgspec.structs.replace(place, form=arguments[0]))
    if origin is Annotated:
        bounds = next((one for one in arguments[1:] if one.extra), arguments[1])
        return opened(msgspec.structs.replace(place, form=arguments[0], bounds=bounds))
    return place


def follow(place: Place, path: str) -> Place:
    """The place at the end of msgspec's path. Raises LookupError if there is no such place."""
    for name, index in STEP.findall(path):
        place = opened(enter(place, name or index))
    return place


def enter(place: Place, step: str) -> Place:
    """The place one step further: a field, an item of an array, or the wrong entry of a mapping. Raises LookupError."""
    origin, arguments = get_origin(place.form), get_args(place.form)
    if origin is dict and step == ANY_ENTRY:
        return wrong_entry(place, arguments[1])
    given = look_in(place.given, step)
    if origin is list:
        return Place(f"{place.field}[{step}]", arguments[0], given, place.bounds)
    return Place(within(place, step), fields_of(place.form)[step].type, given)


def fields_of(form: Any) -> dict[str, FieldInfo]:
    """A type's fields by their names; none of any other type than a Struct."""
    is_struct = isinstance(form, type) and issubclass(form, msgspec.Struct)
    return {one.encode_name: one for one in msgspec.structs.fields(form)} if is_struct else {}


def look_in(given: Any, step: str) -> Any:
    """What is there. Nothing, where a name comes twice and msgspec complains of the one that is not kept."""
    try:
        return given[int(step)] if isinstance(given, list) else given[step]
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def wrong_entry(place: Place, form: Any) -> Place:
    """The first entry of a mapping that cannot be taken: msgspec does not say which it is."""
    entries = place.given.items() if isinstance(place.given, dict) else ()
    wrong = ((name, value) for name, value in entries if not is_right(value, form))
    name, value = next(wrong, ("", None))
    return Place(within(place, name), form, value, place.bounds)


def is_right(value: Any, form: Any) -> bool:
    """Whether the value has the form."""
    try:
        msgspec.convert(value, form)
    except msgspec.ValidationError:
        return False
    return True


def within(place: Place, name: str) -> str:
    """The name of a field in a place."""
    return ".".join(part for part in (place.field, name[:SHOWN]) if part)


# --- what is wrong with it


def refuse_unknown(place: Place, name: str) -> InputRefused:
    """There is no such field; those that there are are told."""
    known = ", ".join(fields_of(place.form))
    return InputRefused(
        f"{name[:SHOWN]!r} is not known here.",
        field=within(place, name),
        remedy=f"Leave it out, or check its spelling. Known are {known}.",
    )


def refuse_value(place: Place, complaint: str) -> InputRefused:
    """A value that cannot be taken."""
    if allowed := words_allowed(place.form):
        return refuse_word(place, ", ".join(allowed))
    if place.form is int and place.bounds.ge is not None and place.bounds.le is not None:
        return refuse_number(place, f"{place.bounds.ge} to {place.bounds.le}")
    field = place.field or "body"
    remedy = place.words.get("remedy", REMEDY)
    return InputRefused(f"{field} {what_is_wrong(place, complaint)}.", field=field, remedy=remedy)


def refuse_key(place: Place) -> InputRefused:
    """A key of a mapping that cannot be taken: msgspec does not say which it is."""
    field = place.field or "body"
    what = "has a key that is blank, too long or has control characters"
    return InputRefused(f"{field} {what}.", field=field, remedy=place.words.get("remedy", REMEDY))


def words_allowed(form: Any) -> list[str]:
    """The words of an enumeration; none of any other type."""
    if isinstance(form, type) and issubclass(form, StrEnum):
        return [word.value for word in form]
    return list(get_args(form)) if get_origin(form) is Literal else []


def refuse_word(place: Place, allowed: str) -> InputRefused:
    """A word that is none of those allowed."""
    return InputRefused(
        f"{place.given!r:.{SHOWN}} is not known here.", field=place.field, remedy=f"Send one of {allowed}."
    )


def refuse_number(place: Place, bounds: str) -> InputRefused:
    """No number, or one out of its bounds."""
    return InputRefused(
        f"{place.given!r:.{SHOWN}} is not a number from {bounds}.",
        field=place.field,
        remedy=f"Send {bounds}, or nothing.",
    )


def what_is_wrong(place: Place, complaint: str) -> str:
    """The complaint, in words that follow the field's name."""
    length = LENGTH.search(complaint)
    if length and length["bound"] == "<=":
        unit = "characters" if isinstance(place.given, str) else "entries"
        return f"is longer than {length['number']} {unit}"
    if length:
        return "is empty"
    if "matching regex" in complaint:
        return place.words.get("wrong", "has not the right form")
    return f"is of the wrong kind: {complaint[:1].lower()}{complaint[1:]}"
