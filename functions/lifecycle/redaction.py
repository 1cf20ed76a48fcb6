"""Texts from outside, without the secrets that their addresses and scripts may hold."""

import re

SECRET = re.compile(
    r"\b((?:[\w-]{0,40}(?:token|key|secret|password)|ticket|code|sig|signature)=)"
    r"(?:\"[^\"]*\"?|'[^']*'?|[^&\s\"'<>]+)",
    re.IGNORECASE,
)
"""A parameter of an address, or an attribute of a script."""
CREDENTIALS = re.compile(r"(://)[^/?#\s@]{1,512}@")
"""A name and password in front of an address's host."""
LONGEST_MESSAGE = 500
"""Characters of what a provider says of a failure: it is in a session's row, its journal and its events."""


def redact(text: str) -> str:
    """The text with the values of secret parameters and attributes, and the credentials of addresses, taken out."""
    return CREDENTIALS.sub(r"\1…@", SECRET.sub(r"\1…", text))


def redact_message(text: str) -> str:
    """What a provider says of a failure, redacted, and no longer than anybody reads."""
    return redact(text)[:LONGEST_MESSAGE]
