"""What the events of Communication Services have in common, by whichever door they come."""

import msgspec

PREFIX = "Microsoft.Communication."
"""How the types of its events begin."""
LARGEST_BODY = 1024 * 1024
LONGEST_ID = 512
"""Of an event, and of its source: together they are an event's identity in a journal."""
READING_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for a body that is not what it should be."""


class Identifier(msgspec.Struct, frozen=True, rename="camel"):
    """Who somebody is."""

    raw_id: str
