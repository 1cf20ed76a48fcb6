"""Locales as Azure Speech names them: language, perhaps a script, a region, perhaps a dialect."""

import re

from functions.errors import InputRefused

LANGUAGE, SCRIPT, REGION, DIALECT = "[A-Za-z]{2,3}", "-[A-Za-z]{4}", "[A-Za-z]{2}|[0-9]{3}", "-[A-Za-z]{5,8}"
LOCALE = re.compile(
    f"(?P<language>{LANGUAGE})(?P<script>{SCRIPT})?-(?P<region>{REGION})(?P<dialect>{DIALECT})?"
)
LOCALE_PATTERN = f"^{LANGUAGE}({SCRIPT})?-({REGION})({DIALECT})?$"
"""The same for those who read no Python."""
LOCALE_FORM = "Send language and region, such as en-US, de-DE or pt-BR."
VOICE = re.compile(
    r"(?P<locale>[a-z]{2,3}(?:-[a-z]{4})?-[a-z]{2}(?:-[a-z]{5,8})?)-[^-]+neural", re.IGNORECASE | re.ASCII
)
SHOWN = 64


def read_locale(text: str, field: str = "locale") -> str:
    """The locale in its usual case. Raises InputRefused with a hint for what was probably meant."""
    found = LOCALE.fullmatch(text)
    if found is None:
        raise InputRefused(
            f"{text[:SHOWN]!r} is not a locale with a region.",
            field=field,
            remedy=hint(text),
            code="invalid-locale",
        )
    script = (found["script"] or "").title()
    return (
        found["language"].lower() + script + f"-{found['region'].upper()}" + (found["dialect"] or "").lower()
    )


def hint(text: str) -> str:
    """What to send instead."""
    voice = VOICE.fullmatch(text)
    if voice is not None:
        return f"That is the name of a voice. Send the locale alone: {voice['locale']}."
    return LOCALE_FORM
