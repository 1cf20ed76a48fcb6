"""What the machine wants done outside. Each is performed after the state that asks for it was saved."""

import msgspec

LEASE_MS = 45_000
"""How long a performer may take before another does the work; longer than every client's total time-out."""


class Connect(msgspec.Struct, frozen=True, tag="connect"):
    """Join the session's call. `attempt` comes back in `operationContext`."""

    attempt: int


class StartTranscription(msgspec.Struct, frozen=True, tag="start-transcription"):
    """Ask ACS to transcribe on a connection that is established."""

    call_connection_id: str


class StopTranscription(msgspec.Struct, frozen=True, tag="stop-transcription"):
    """Ask ACS to finish the words being said and stop."""

    call_connection_id: str


class Leave(msgspec.Struct, frozen=True, tag="leave"):
    """Take our connection out of the call; the people stay."""

    call_connection_id: str


class AskCall(msgspec.Struct, frozen=True, tag="ask-call"):
    """Ask ACS what has become of a connection, because a callback is overdue."""

    call_connection_id: str


type Command = Connect | StartTranscription | StopTranscription | Leave | AskCall


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
