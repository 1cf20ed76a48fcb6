"""Every setting of the deployment, read once; all mistakes are reported at once."""

import base64
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import msgspec

from functions.errors import SettingsInvalid
from functions.lifecycle.answer_rules import AnswerRule, read_answer_rules

CALLBACK_ISSUER = "https://acscallautomation.communication.azure.com"
CALLBACK_KEYS_URL = "https://acscallautomation.communication.azure.com/calling/keys"
MS_PER_HOUR = 3_600_000
WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")

type Check = Callable[[str], object]
"""What a part of a connection string must pass: its answer is true or false."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings. `interim_ms` is the least time between a speaker's interims.

    `event_topic_endpoint` and its key are empty where nobody is told of sessions; `retention_days` is 0 where
    transcripts stay until they are erased by hand.
    """

    tables_connection_string: str
    web_pubsub_connection_string: str
    web_pubsub_host: str
    web_pubsub_keys: tuple[str, ...]
    acs_endpoint: str
    acs_access_key: str
    acs_resource_id: str
    callback_issuer: str
    callback_keys_url: str
    cognitive_services_endpoint: str
    public_url: str
    interim_ms: int
    longest_session_ms: int
    captions_access_minutes: int
    sweep_schedule: str
    event_topic_endpoint: str
    event_topic_key: str
    retention_days: int
    retention_schedule: str
    answer_rules: tuple[AnswerRule, ...]


class Reader:
    """Reads settings one by one and keeps what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.mistakes: list[str] = []

    def text(self, name: str, remedy: str, default: str = "") -> str:
        """A setting that must not be empty."""
        value = self.environment.get(name, "").strip() or default
        if not value:
            self.mistakes.append(f"{name} is missing. {remedy}")
        return value

    def url(self, name: str, remedy: str, default: str = "") -> str:
        """An http or https address, without a slash at its end."""
        value = self.text(name, remedy, default)
        if value and not host_of(value):
            self.mistakes.append(f"{name} is not an http or https address. {remedy}")
        return value.rstrip("/")

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        text = self.environment.get(name, "").strip() or str(default)
        if WHOLE_NUMBER.fullmatch(text) is None or not least <= int(text) <= most:
            self.mistakes.append(f"{name} is not a whole number from {least} to {most}.")
            return default
        return int(text)

    def both(self, url_name: str, key_name: str, remedy: str) -> tuple[str, str]:
        """An address and its key; both empty if neither is set."""
        if not any(self.environment.get(name, "").strip() for name in (url_name, key_name)):
            return "", ""
        return self.url(url_name, remedy), self.text(key_name, remedy)

    def answer_rules(self, name: str) -> tuple[AnswerRule, ...]:
        """The rules for incoming calls; none if the setting is empty."""
        rules, mistakes = read_answer_rules(self.environment.get(name, "").strip() or "[]")
        self.mistakes += [f"{name} {mistake}" for mistake in mistakes]
        return rules

    def connection(self, name: str, parts: Mapping[str, Check], remedy: str) -> dict[str, str]:
        """A connection string's parts by their names in lower case; those named must pass their checks."""
        value = self.text(name, remedy)
        found = dict(part.split("=", 1) for part in value.split(";") if "=" in part)
        lowered = {key.strip().lower(): content.strip() for key, content in found.items()}
        wrong = [part for part, check in parts.items() if not check(lowered.get(part, ""))]
        if value and wrong:
            self.mistakes.append(f"{name} has no good {' and no good '.join(wrong)}. {remedy}")
        return lowered


def host_of(address: str) -> str:
    """The host of an http or https address; empty if the text is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in {"http", "https"} else ""


def is_base64(text: str) -> bool:
    """Whether the text can be a key that the SDKs decode."""
    try:
        return bool(base64.b64decode(text, validate=True))
    except ValueError:
        return False


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in the environment. Raises SettingsInvalid with every mistake."""
    reader = Reader(environment)
    web_pubsub = reader.connection(
        "WEB_PUBSUB_CONNECTION_STRING",
        {"endpoint": host_of, "accesskey": bool},
        "Copy it from the Web PubSub resource's keys.",
    )
    acs = reader.connection(
        "ACS_CONNECTION_STRING",
        {"endpoint": host_of, "accesskey": is_base64},
        "Copy it from the ACS resource's keys.",
    )
    reader.connection(
        "TABLES_CONNECTION_STRING",
        {"accountname": bool, "accountkey": is_base64},
        "Copy it from the storage account's access keys.",
    )
    topic_endpoint, topic_key = reader.both(
        "EVENT_TOPIC_ENDPOINT",
        "EVENT_TOPIC_KEY",
        "Copy both from the Event Grid topic, or leave both out: then no events go out.",
    )
    host = environment.get("WEBSITE_HOSTNAME", "")
    settings = Settings(
        tables_connection_string=environment.get("TABLES_CONNECTION_STRING", ""),
        web_pubsub_connection_string=environment.get("WEB_PUBSUB_CONNECTION_STRING", ""),
        web_pubsub_host=host_of(web_pubsub.get("endpoint", "")),
        web_pubsub_keys=(web_pubsub.get("accesskey", ""),),
        acs_endpoint=acs.get("endpoint", "").rstrip("/"),
        acs_access_key=acs.get("accesskey", ""),
        acs_resource_id=reader.text(
            "ACS_RESOURCE_ID",
            "It is the immutable resource id (a GUID) on the ACS resource's properties page.",
        ),
        callback_issuer=CALLBACK_ISSUER,
        callback_keys_url=reader.url("ACS_CALLBACK_KEYS_URL", "Leave it out in Azure.", CALLBACK_KEYS_URL),
        cognitive_services_endpoint=reader.url(
            "COGNITIVE_SERVICES_ENDPOINT",
            "It is the AI services account's address with its custom subdomain.",
        ),
        public_url=reader.url(
            "PUBLIC_URL",
            "It is the address at which ACS reaches this app.",
            f"https://{host}" if host else "",
        ),
        interim_ms=reader.number("INTERIM_INTERVAL_MS", 500, 0, 10_000),
        longest_session_ms=reader.number("LONGEST_SESSION_HOURS", 24, 1, 720) * MS_PER_HOUR,
        captions_access_minutes=reader.number("CAPTIONS_ACCESS_MINUTES", 60, 1, 1440),
        sweep_schedule=reader.text("SWEEP_SCHEDULE", "", "*/15 * * * * *"),
        event_topic_endpoint=topic_endpoint,
        event_topic_key=topic_key,
        retention_days=reader.number("RETENTION_DAYS", 0, 0, 3650),
        retention_schedule=reader.text("RETENTION_SCHEDULE", "", "0 17 * * * *"),
        answer_rules=reader.answer_rules("ANSWER_RULES"),
    )
    if reader.mistakes:
        raise SettingsInvalid("The app cannot start:\n- " + "\n- ".join(reader.mistakes))
    return settings
