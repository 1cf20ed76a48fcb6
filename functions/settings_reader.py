"""Reads settings one by one: each in its form, and every mistake kept."""

import base64
import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from functions.lifecycle.answer_rules import AnswerRule, read_answer_rules

WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
LIST_ENDS = re.compile(r"[,\r\n]")
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SCHEDULED = re.compile(r"(\*|([0-9]{1,2}|[a-z]{3})(-([0-9]{1,2}|[a-z]{3}))?)(/[1-9][0-9]?)?")
NAMED = re.compile(r"[0-9a-z]+")
MONTHS = frozenset(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
WEEKDAYS = frozenset(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))
SCHEDULE = (
    frozenset(map(str, range(60))),
    frozenset(map(str, range(60))),
    frozenset(map(str, range(24))),
    frozenset(map(str, range(1, 32))),
    frozenset(map(str, range(1, 13))) | MONTHS,
    frozenset(map(str, range(7))) | WEEKDAYS,
)
"""What each field of a schedule can name; NCrontab, which the host reads it with, knows Sunday as 0 alone."""

type Check = Callable[[str], object]
"""What a part of a connection string must pass: its answer is true or false."""


class Reader:
    """Reads settings one by one and keeps what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.mistakes: list[str] = []

    def given(self, name: str) -> str:
        """A setting as it is; empty if there is none."""
        return self.environment.get(name, "").strip()

    def text(self, name: str, remedy: str, default: str = "") -> str:
        """A setting that must not be empty."""
        value = self.given(name) or default
        if not value:
            self.mistakes.append(f"{name} is missing. {remedy}")
        return value

    def listed(self, name: str) -> list[str]:
        """The parts of a setting between commas or line ends; empty ones are none."""
        return [part.strip() for part in LIST_ENDS.split(self.given(name)) if part.strip()]

    def texts(self, name: str, remedy: str) -> list[str]:
        """Such parts, at least one."""
        parts = self.listed(name)
        if not parts:
            self.mistakes.append(f"{name} is missing. {remedy}")
        return parts

    def url(self, name: str, remedy: str, default: str = "") -> str:
        """An https address, or one of this machine, without a slash at its end.

        Whoever can change what goes over http could publish keys of their own, or read the tickets of callbacks.
        """
        value = self.text(name, remedy, default)
        if value and not (is_https(value) or is_this_machine(host_of(value))):
            self.mistakes.append(f"{name} is not an https address. {remedy}")
        return value.rstrip("/")

    def endpoint(self, name: str, remedy: str) -> str:
        """The https address of a service that gets tokens: they never travel in the open."""
        return self.check_endpoint(name, self.text(name, remedy), remedy)

    def endpoints(self, name: str, remedy: str) -> list[str]:
        """Such addresses, one or more."""
        return [self.check_endpoint(name, value, remedy) for value in self.texts(name, remedy)]

    def check_endpoint(self, name: str, value: str, remedy: str) -> str:
        """The address without a slash at its end; one that is none is a mistake."""
        if value and not is_https(value):
            self.mistakes.append(f"{name} is not an https address. {remedy}")
        return value.rstrip("/")

    def guid(self, name: str, remedy: str) -> str:
        """A GUID, in lower case."""
        return self.check_guid(name, self.text(name, remedy), remedy)

    def guids(self, name: str, remedy: str) -> list[str]:
        """GUIDs, one or more."""
        return [self.check_guid(name, value, remedy) for value in self.texts(name, remedy)]

    def check_guid(self, name: str, text: str, remedy: str) -> str:
        """The text in lower case; one that is no GUID is a mistake."""
        value = text.lower()
        if value and GUID.fullmatch(value) is None:
            self.mistakes.append(f"{name} is not a GUID. {remedy}")
        return value

    def guid_or_none(self, name: str, remedy: str) -> str:
        """A GUID in lower case, or empty if there is none."""
        return self.guid(name, remedy) if self.given(name) else ""

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        text = self.given(name) or str(default)
        if WHOLE_NUMBER.fullmatch(text) is None or not least <= int(text) <= most:
            self.mistakes.append(f"{name} is not a whole number from {least} to {most}.")
            return default
        return int(text)

    def schedule(self, name: str, default: str) -> str:
        """A schedule in NCRONTAB with seconds."""
        value = self.given(name) or default
        if not is_schedule(value):
            self.mistakes.append(f"{name} is not a schedule of six fields. Write it like {default!r}.")
        return value

    def answer_rules(self, name: str) -> tuple[AnswerRule, ...]:
        """The rules for incoming calls; none if the setting is empty."""
        rules, mistakes = read_answer_rules(self.given(name) or "[]")
        self.mistakes += [f"{name} {mistake}" for mistake in mistakes]
        return rules

    def connection(self, name: str, parts: Mapping[str, Check], remedy: str) -> dict[str, str]:
        """A connection string's parts by their names in lower case; those named must pass their checks."""
        return self.check_connection(name, self.text(name, remedy), parts, remedy)

    def connections(self, name: str, parts: Mapping[str, Check], remedy: str) -> list[dict[str, str]]:
        """The parts of each connection string, one or more."""
        return [self.check_connection(name, value, parts, remedy) for value in self.texts(name, remedy)]

    def check_connection(
        self, name: str, value: str, parts: Mapping[str, Check], remedy: str
    ) -> dict[str, str]:
        """The parts of one connection string; one that lacks what is named is a mistake."""
        found = dict(part.split("=", 1) for part in value.split(";") if "=" in part)
        lowered = {key.strip().lower(): content.strip() for key, content in found.items()}
        wrong = [part for part, check in parts.items() if not check(lowered.get(part, ""))]
        if value and wrong:
            self.mistakes.append(f"{name} has no good {' and no good '.join(wrong)}. {remedy}")
        return lowered

    def is_keyless(self, connection: str, endpoint: str) -> bool:
        """Whether a service is named by its address alone, so that the managed identity opens it."""
        if not self.given(endpoint):
            return False
        if self.given(connection):
            self.mistakes.append(
                f"{connection} is set, and so is {endpoint}. "
                "Keep the first to use its access key, or the second to use the managed identity."
            )
            return False
        return True


def host_of(address: str) -> str:
    """The host of an http or https address; empty if the text is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in {"http", "https"} else ""


def is_https(address: str) -> bool:
    """Whether the text is an https address."""
    return bool(host_of(address)) and address.lower().startswith("https:")


def is_this_machine(host: str) -> bool:
    """Whether a host is the machine that we run on."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def is_schedule(text: str) -> bool:
    """Whether the text is second, minute, hour, day, month and weekday, each of them possible."""
    fields = text.split()
    return len(fields) == len(SCHEDULE) and all(map(is_field, fields, SCHEDULE))


def is_field(field: str, known: frozenset[str]) -> bool:
    """Whether a field of a schedule is a list of what it can name, as such or in ranges, with steps."""
    return all(
        SCHEDULED.fullmatch(item) and all((name.lstrip("0") or "0") in known for name in NAMED.findall(item))
        for item in field.lower().split(",")
    )


def is_base64(text: str) -> bool:
    """Whether the text can be a key that the SDKs decode."""
    try:
        return bool(base64.b64decode(text, validate=True))
    except ValueError:
        return False
