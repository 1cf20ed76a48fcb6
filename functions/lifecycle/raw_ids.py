"""Raw ids: ACS's one text for a person or a phone, `8:acs:…`, `8:orgid:…` (Teams) or `4:+15551230000`."""

import re

PHONE = "4:"
E164 = re.compile(r"\+[1-9][0-9]{1,14}")
USER = re.compile(r"8:(acs|orgid):[0-9A-Za-z._-]{1,200}")
NUMBER_PATTERN = f"^{E164.pattern}$"
PERSON_PATTERN = f"^(({PHONE})?{E164.pattern}|{USER.pattern})$"
"""The same for those who read no Python."""
ACS_USER = "8:acs:"
BOT = "28:"
PERSON_FORMS = (
    "Write a phone number in E.164, such as +15551230000, or a raw id: 8:acs:…, 8:orgid:… or 4:+15551230000."
)
NUMBER_FORM = "Write a phone number in E.164: +, country code and number, such as +15551230000."


def read_person(text: str) -> str | None:
    """The raw id that a text names, by itself or as a phone number; none for any other text."""
    named = text.strip()
    if USER.fullmatch(named):
        return named
    number = read_number(named.removeprefix(PHONE))
    return None if number is None else PHONE + number


def read_number(text: str) -> str | None:
    """The phone number in E.164, or none."""
    number = text.strip()
    return number if E164.fullmatch(number) else None


def is_phone(raw_id: str) -> bool:
    """Whether the raw id is a phone's."""
    return raw_id.startswith(PHONE)


def is_acs_user(raw_id: str) -> bool:
    """Whether the raw id is that of a user of Communication Services."""
    return raw_id.startswith(ACS_USER)


def is_bot(raw_id: str) -> bool:
    """Whether the raw id is a bot's, such as our own in a call that we joined."""
    return raw_id.startswith(BOT)
