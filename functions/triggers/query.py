"""Query parameters, read by a type: the one that the API's description is made from."""

from functools import cache
from typing import Any

import azure.functions as func
import msgspec

from functions.triggers.refusals import Place, opened, refusal

KEY_PARAMETERS = frozenset({"code", "clientId"})
"""What the host reads."""
MOST_DIGITS = 18


class Query(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The parameters of a request. A misspelt filter must not show everything, so unknown ones are refused."""


def read_query[Form: Query](req: func.HttpRequest, form: type[Form]) -> Form:
    """The request's parameters in their form; those that are not given have its defaults. Raises InputRefused."""
    given = {name: text for name, text in req.params.items() if name not in KEY_PARAMETERS}
    values = given | {name: read_digits(given[name]) for name in numbers_of(form) & given.keys()}
    try:
        return msgspec.convert(values, form)
    except msgspec.ValidationError as error:
        raise refusal(str(error), form, given) from None


@cache
def numbers_of(form: type[Query]) -> frozenset[str]:
    """The parameters that are whole numbers.

    `strict=False` would find them by itself, but takes `null` for a parameter that is not given, and `1e2` for 100.
    """
    fields = msgspec.structs.fields(form)
    return frozenset(one.encode_name for one in fields if opened(Place("", one.type, None)).form is int)


def read_digits(text: str) -> Any:
    """The number that the text is, else the text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else text
