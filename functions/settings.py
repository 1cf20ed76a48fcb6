"""Every setting of the deployment, read once; all mistakes are reported at once.

A service is opened by its access key or, where only its address is set, by the app's managed identity.
"""

from collections.abc import Mapping
from typing import TextIO

import msgspec

from functions.errors import SettingsInvalid
from functions.lifecycle.answer_rules import AnswerRule
from functions.settings_reader import Reader, host_of, is_base64
from functions.settings_web_pubsub import WebPubSub, read_web_pubsubs

CALLBACK_ISSUER = "https://acscallautomation.communication.azure.com"
CALLBACK_KEYS_URL = "https://acscallautomation.communication.azure.com/calling/keys"
ENTRA = "https://login.microsoftonline.com"
MS_PER_HOUR = 3_600_000
ADDRESS = "It is the https address on the resource's overview page."
REGISTRATION = "Set ENTRA_TENANT_ID and ENTRA_CLIENT_ID both, or neither: then function keys open the API."
BANDWIDTH_API = "https://voice.bandwidth.com/api/v2"
BANDWIDTH_TOKENS = "https://api.bandwidth.com/api/v1/oauth2/token"
BANDWIDTH = (
    ("BANDWIDTH_ACCOUNT_ID", "It is the number of the Bandwidth account."),
    ("BANDWIDTH_APPLICATION_ID", "It is the id of the voice application."),
    ("BANDWIDTH_CLIENT_ID", "It is that of the account's API credential (OAuth2 client credentials)."),
    ("BANDWIDTH_CLIENT_SECRET", "It is shown once, when the API credential is made."),
    ("BANDWIDTH_WEBHOOK_USER", "Make up a name; the voice application sends it with its webhooks."),
    ("BANDWIDTH_WEBHOOK_PASSWORD", "Make up a long one; the voice application sends it with its webhooks."),
)
ALL_OR_NONE = "Set all of the six, or none: then no calls of Bandwidth are served."
TOPIC = "Copy it from the Event Grid topic, or leave it and its key out: then no events go out."


class Bandwidth(msgspec.Struct, frozen=True):
    """The Bandwidth account, what opens it, and the name and password with which Bandwidth comes to us."""

    account_id: str
    application_id: str
    client_id: str
    client_secret: str
    webhook_user: str
    webhook_password: str
    api_url: str
    token_url: str


class SignIn(msgspec.Struct, frozen=True):
    """The app registration with which people sign in (GUIDs in lower case)."""

    authority: str
    tenant: str
    client_id: str

    @property
    def scope(self) -> str:
        """What a client asks for. An app that is its own API is named by its GUID alone (AADSTS90009)."""
        return f"{self.client_id}/.default"

    @property
    def authorize_url(self) -> str:
        """Where a person signs in."""
        return f"{self.authority}/{self.tenant}/oauth2/v2.0/authorize"

    @property
    def token_url(self) -> str:
        """Where a client gets tokens."""
        return f"{self.authority}/{self.tenant}/oauth2/v2.0/token"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings. `interim_ms` is the least time between a speaker's interims.

    A service with an empty key is opened by the managed identity `client_id`, or by the app's own if that is empty,
    too. Of the tables' two settings one is empty; there is at least one Web PubSub. Without `sign_in`, function keys
    open the API. `event_topic_endpoint` is empty where nobody is told of sessions; `retention_days` is 0 where
    transcripts stay until they are erased by hand.
    """

    client_id: str
    entra_authority: str
    sign_in: SignIn | None
    tables_connection_string: str
    tables_endpoint: str
    web_pubsubs: tuple[WebPubSub, ...]
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
    bandwidth: Bandwidth | None


def read_settings_aloud(environment: Mapping[str, str], stderr: TextIO) -> Settings:
    """The settings in the environment. Raises SettingsInvalid with every mistake, which is on `stderr` too.

    In Azure the host keeps what was raised at the start to itself
    (https://github.com/Azure/azure-functions-host/issues/9361), but it logs each line of stderr that has the word
    error in it as one (WorkerProcess.cs there).
    """
    try:
        return read_settings(environment)
    except SettingsInvalid as invalid:
        stderr.writelines(f"error: {line}\n" for line in str(invalid).splitlines())
        stderr.flush()
        raise


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in the environment. Raises SettingsInvalid with every mistake."""
    reader = Reader(environment)
    tables, tables_endpoint = read_tables(reader)
    acs_endpoint, acs_key = read_acs(reader)
    topic_endpoint, topic_key = read_event_topic(reader)
    authority = reader.url("ENTRA_AUTHORITY", "Leave it out in Azure's public cloud.", ENTRA)
    host = reader.given("WEBSITE_HOSTNAME")
    settings = Settings(
        client_id=reader.guid_or_none(
            "AZURE_CLIENT_ID", "It is the client id of the app's managed identity."
        ),
        entra_authority=authority,
        sign_in=read_sign_in(reader, authority),
        tables_connection_string=tables,
        tables_endpoint=tables_endpoint,
        web_pubsubs=read_web_pubsubs(reader),
        acs_endpoint=acs_endpoint,
        acs_access_key=acs_key,
        acs_resource_id=reader.guid(
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
        sweep_schedule=reader.schedule("SWEEP_SCHEDULE", "*/15 * * * * *"),
        event_topic_endpoint=topic_endpoint,
        event_topic_key=topic_key,
        retention_days=reader.number("RETENTION_DAYS", 0, 0, 3650),
        retention_schedule=reader.schedule("RETENTION_SCHEDULE", "0 17 * * * *"),
        answer_rules=reader.answer_rules("ANSWER_RULES"),
        bandwidth=read_bandwidth(reader),
    )
    if reader.mistakes:
        raise SettingsInvalid("The app cannot start:\n- " + "\n- ".join(reader.mistakes))
    return settings


def read_bandwidth(reader: Reader) -> Bandwidth | None:
    """The Bandwidth account; None if none of its settings is there."""
    if not any(reader.given(name) for name, _ in BANDWIDTH):
        return None
    account, application, client, secret, user, password = (
        reader.text(name, f"{remedy} {ALL_OR_NONE}") for name, remedy in BANDWIDTH
    )
    if ":" in user:
        reader.mistakes.append("BANDWIDTH_WEBHOOK_USER has a colon, which HTTP's Basic does not allow.")
    return Bandwidth(
        account_id=account,
        application_id=application,
        client_id=client,
        client_secret=secret,
        webhook_user=user,
        webhook_password=password,
        api_url=reader.url("BANDWIDTH_API_URL", "Leave it out, but for tests.", BANDWIDTH_API),
        token_url=reader.url("BANDWIDTH_TOKEN_URL", "Leave it out, but for tests.", BANDWIDTH_TOKENS),
    )


def read_sign_in(reader: Reader, authority: str) -> SignIn | None:
    """The app registration with which people sign in; None if neither of its settings is there."""
    if not reader.given("ENTRA_TENANT_ID") and not reader.given("ENTRA_CLIENT_ID"):
        return None
    tenant = reader.guid("ENTRA_TENANT_ID", f"It is the tenant of the app registration. {REGISTRATION}")
    client_id = reader.guid("ENTRA_CLIENT_ID", f"It is the client id of the app registration. {REGISTRATION}")
    return SignIn(authority, tenant, client_id)


def read_tables(reader: Reader) -> tuple[str, str]:
    """The storage account's connection string, or the address of its tables."""
    if reader.is_keyless("TABLES_CONNECTION_STRING", "TABLES_ENDPOINT"):
        return "", reader.endpoint("TABLES_ENDPOINT", "It is https://NAME.table.core.windows.net.")
    reader.connection(
        "TABLES_CONNECTION_STRING",
        {"accountname": bool, "accountkey": is_base64},
        "Copy it from the storage account's access keys, or set TABLES_ENDPOINT to use the managed identity.",
    )
    return reader.given("TABLES_CONNECTION_STRING"), ""


def read_acs(reader: Reader) -> tuple[str, str]:
    """ACS's address, and its access key if it is to be used."""
    if reader.is_keyless("ACS_CONNECTION_STRING", "ACS_ENDPOINT"):
        return reader.endpoint("ACS_ENDPOINT", ADDRESS), ""
    parts = reader.connection(
        "ACS_CONNECTION_STRING",
        {"endpoint": host_of, "accesskey": is_base64},
        "Copy it from the ACS resource's keys, or set ACS_ENDPOINT to use the managed identity.",
    )
    return parts.get("endpoint", "").rstrip("/"), parts.get("accesskey", "")


def read_event_topic(reader: Reader) -> tuple[str, str]:
    """The topic for events out, and its key if it is to be used; both empty if there is no topic."""
    if reader.given("EVENT_TOPIC_KEY"):
        return reader.url("EVENT_TOPIC_ENDPOINT", TOPIC), reader.given("EVENT_TOPIC_KEY")
    if reader.given("EVENT_TOPIC_ENDPOINT"):
        return reader.endpoint(
            "EVENT_TOPIC_ENDPOINT", f"{TOPIC} Without EVENT_TOPIC_KEY it gets a token."
        ), ""
    return "", ""
