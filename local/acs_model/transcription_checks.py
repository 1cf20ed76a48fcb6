"""Why a transcription cannot start or change: documented failures, found in this order."""

from urllib.parse import urlsplit

from local.acs_model.requests import TranscriptionBody
from local.acs_model.result_codes import (
    COGNITIVE_SERVICES_NOT_SET,
    LOCALE_MISSING,
    LOCALE_WITHOUT_REGION,
    NOT_ESTABLISHED,
    NOT_SUPPORTED,
    STREAM_URL_INVALID,
    TERMINATED,
    URL_NOT_SET,
    Result,
)
from local.acs_model.state import Connection


def why_not(connection: Connection, body: TranscriptionBody) -> Result | None:
    """The failure of a start or an update on this connection now, if it fails."""
    if connection.state != "connected":
        return NOT_ESTABLISHED if connection.state == "connecting" else TERMINATED
    return _options_failure(connection, body)


def why_not_at_setup(connection: Connection, body: TranscriptionBody) -> Result | None:
    """The failure of a start with the connection, if it fails."""
    return NOT_SUPPORTED if _with_one_acs_user(connection) else _options_failure(connection, body)


def _with_one_acs_user(connection: Connection) -> bool:
    """A known issue: a 1:1 call with an ACS user cannot be transcribed from its set-up on [D]."""
    parties = connection.parties
    if parties.kind == "connect" or not connection.call.two_party:
        return False
    other = parties.targets[0] if parties.kind == "create" else parties.source
    return other.startswith("8:acs:")


def _options_failure(connection: Connection, body: TranscriptionBody) -> Result | None:
    options, intelligence = connection.options, connection.body.call_intelligence_options
    if options is None or not options.transport_url:
        return URL_NOT_SET
    if intelligence is None or not intelligence.cognitive_services_endpoint:
        return COGNITIVE_SERVICES_NOT_SET
    if urlsplit(options.transport_url).scheme not in ("ws", "wss"):
        return STREAM_URL_INVALID
    locale = body.locale or options.locale
    if not locale:
        return LOCALE_MISSING
    return None if "-" in locale else LOCALE_WITHOUT_REGION
