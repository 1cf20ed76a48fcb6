"""Bandwidth's webhooks in the machine's words.

Shapes: Bandwidth's webhook pages, whose tables and examples spell the transcription's object in two ways.
"""

from collections.abc import Callable

import msgspec

from functions.errors import InputRefused
from functions.lifecycle import events
from functions.lifecycle.events import Event, Outcome
from functions.lifecycle.redaction import redact_message
from functions.lifecycle.result_codes import status_of
from functions.lifecycle.session import Connection, Session
from functions.lifecycle.turns import is_resting

LONGEST_ID = 255
LARGEST_BODY = 64 * 1024
REMEDY = "Send a webhook of Bandwidth Programmable Voice, unchanged."
CLOSED = "closed"
MOST_EARLIER = 200
"""What stops them all is then a quarter of the 64 KB that a script may have."""


class Named(msgspec.Struct, frozen=True):
    """The transcription that a webhook is about."""

    name: str = ""


class Webhook(msgspec.Struct, frozen=True, rename="camel"):
    """What the webhooks that matter have in common."""

    event_type: str
    event_time: str
    call_id: str
    direction: str = ""
    caller: str = msgspec.field(name="from", default="")
    to: str = ""
    answer_time: str | None = None
    cause: str | None = None
    error_message: str | None = None
    real_time_transcription: Named | None = None
    transcription: Named | None = None

    @property
    def name(self) -> str:
        """The name of the transcription that it is about; empty if it is about none."""
        return (self.real_time_transcription or self.transcription or Named()).name

    @property
    def source(self) -> str:
        """Where it comes from."""
        return f"bandwidth/{self.call_id}"

    @property
    def id(self) -> str:
        """What tells it from every other of its call: Bandwidth gives it no id."""
        return f"{self.event_type}/{self.name}/{self.event_time}"


DECODER = msgspec.json.Decoder(Webhook)


def read_webhook(body: bytes) -> Webhook:
    """The webhook in a request. Raises InputRefused."""
    if len(body) > LARGEST_BODY:
        raise InputRefused(f"The body is larger than {LARGEST_BODY} bytes.", field="body", remedy=REMEDY)
    try:
        webhook = DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise InputRefused("The body is no webhook of Bandwidth.", field="body", remedy=REMEDY) from None
    fields = {
        "eventType": webhook.event_type,
        "eventTime": webhook.event_time,
        "callId": webhook.call_id,
        "realTimeTranscription.name": webhook.name,
        "from": webhook.caller,
        "to": webhook.to,
    }
    for field, text in fields.items():
        if len(text) > LONGEST_ID:
            raise InputRefused(f"{field} is longer than {LONGEST_ID} characters.", field=field, remedy=REMEDY)
    return webhook


def transcription_name(session: Session, before: int = 0) -> str:
    """The name of the session's transcription, or of one that many starts before: each start has its own."""
    return f"{session.id}-{session.starts - before}"


def earlier_names(session: Session) -> list[str]:
    """The names of the session's transcriptions before the newest one; nobody may have heard which of them came about.

    Of very many the newest.
    """
    return [transcription_name(session, before) for before in range(1, min(session.starts, MOST_EARLIER + 1))]


def event_of(webhook: Webhook, session: Session) -> Event:
    """What a webhook means for a session. One of another transcription than the session's is only noted."""
    read = READERS.get(webhook.event_type)
    about_other = webhook.name and webhook.name != transcription_name(session)
    if read is None or about_other:
        return events.CallbackNoted(webhook.event_type)
    return read(webhook, session)


def answered(webhook: Webhook, session: Session) -> Event:
    """Somebody took the call."""
    return events.CallConnected(webhook.call_id, session.attempt, server_call_id=webhook.call_id)


def disconnected(webhook: Webhook, session: Session) -> Event:
    """The call is over, or never came about.

    A call that rings is run by its script, and so ours, before it is answered; its caller may give up meanwhile.
    """
    outcome = outcome_of("call", webhook)
    if webhook.answer_time is None and session.connection is not Connection.CONNECTED:
        return events.ConnectFailed(webhook.call_id, session.attempt, outcome)
    return events.CallDisconnected(webhook.call_id, outcome)


def stopped(webhook: Webhook, session: Session) -> Event:
    """The transcription is over: on purpose, or because something broke."""
    if webhook.cause == CLOSED:
        return events.TranscriptionClosed(webhook.call_id)
    return rejected(webhook, session)


def rejected(webhook: Webhook, session: Session) -> Event:
    """The transcription did not start, or broke."""
    del session
    return events.TranscriptionFailed(webhook.call_id, outcome_of("transcription", webhook))


def started(webhook: Webhook, session: Session) -> Event:
    """The call is transcribed now; unless its end overtook this, and another start is waited for."""
    if is_resting(session):
        return events.CallbackNoted(webhook.event_type)
    return events.TranscriptionStarted(webhook.call_id)


def outcome_of(kind: str, webhook: Webhook) -> Outcome:
    """The cause that a webhook tells."""
    reason = f"{kind}.{webhook.cause or 'unknown'}"[:LONGEST_ID]
    message = redact_message(webhook.error_message or "")
    return Outcome(status_of(reason), 0, message, reason)


READERS: dict[str, Callable[[Webhook, Session], Event]] = {
    "answer": answered,
    "disconnect": disconnected,
    "realTimeTranscriptionStarted": started,
    "realTimeTranscriptionRejected": rejected,
    "realTimeTranscriptionStopped": stopped,
}
