"""What the machine wants done outside. Each is performed after the state that asks for it was saved."""

from typing import Any

import msgspec

LEASE_MS = 45_000
"""How long a performer may take before another does the work; longer than every client's total time-out."""


class Connect(msgspec.Struct, frozen=True, tag="connect"):
    """Join, place or answer the session's call. `attempt` comes back in `operationContext`."""

    attempt: int


class StartTranscription(msgspec.Struct, frozen=True, tag="start-transcription"):
    """Ask the provider to transcribe on a connection that is established."""

    call_connection_id: str


class StopTranscription(msgspec.Struct, frozen=True, tag="stop-transcription"):
    """Ask the provider to finish the words being said and stop."""

    call_connection_id: str


class UpdateTranscription(msgspec.Struct, frozen=True, tag="update-transcription"):
    """Ask the provider to go on in another locale, without a stop."""

    call_connection_id: str
    locale: str


class Invite(msgspec.Struct, frozen=True, tag="invite"):
    """Ring the one whom the caller is to be connected to (a raw id)."""

    call_connection_id: str
    target: str


class Leave(msgspec.Struct, frozen=True, tag="leave"):
    """Take our connection out of the call: people stay in one that we joined; one that we placed or answered ends."""

    call_connection_id: str


class AskCall(msgspec.Struct, frozen=True, tag="ask-call"):
    """Ask the provider what has become of a connection, because a callback is overdue."""

    call_connection_id: str


class CountPeople(msgspec.Struct, frozen=True, tag="count-people"):
    """Ask the provider who is in the call."""

    call_connection_id: str


class Announce(msgspec.Struct, frozen=True, tag="announce"):
    """Publish a life cycle event. `at` is ms since 1970, `detail` the event's data in the form of the API."""

    name: str
    at: int
    detail: dict[str, Any]


class Erase(msgspec.Struct, frozen=True, tag="erase"):
    """Close every socket of the session, then erase its words, its journal and its claims."""


type TranscriptionCommand = StartTranscription | StopTranscription | UpdateTranscription
type Command = Connect | TranscriptionCommand | Invite | Leave | AskCall | CountPeople | Announce | Erase
TRANSCRIPTION_COMMANDS = (StartTranscription, StopTranscription, UpdateTranscription)
"""Those that the provider may carry out twice: nothing on the wire tells it that one is a repeat."""


class Pending(msgspec.Struct, frozen=True):
    """A command that was decided and has no outcome yet.

    `id` is unique in the session; `first_sent_at` and `leased_until` are ms since 1970; `performed` counts
    the tries. The id and the first time make ACS's repeatability headers, so a second try is no second call.
    """

    id: str
    command: Command
    first_sent_at: int
    leased_until: int
    performed: int = 1
