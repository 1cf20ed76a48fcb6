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


def redact(text: str) -> str:
    """The text with the values of secret parameters and attributes, and the credentials of addresses, taken out."""
    return CREDENTIALS.sub(r"\1…@", SECRET.sub(r"\1…", text))
