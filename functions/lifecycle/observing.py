"""What is observed: each event's facts folded into the session, by the handler of its kind."""

from collections.abc import Callable
from typing import Any

from functions.lifecycle import command_outcomes, connection_events, events, transcription_events, wishes
from functions.lifecycle.events import Event
from functions.lifecycle.passing_time import on_time_passed
from functions.lifecycle.session import Session

type Handler = Callable[[Any, Session, int], Session]

HANDLERS: dict[type, Handler] = {
    events.StartRequested: wishes.on_start_requested,
    events.StopRequested: wishes.on_stop_requested,
    events.RestartRequested: wishes.on_restart_requested,
    events.LocaleRequested: wishes.on_locale_requested,
    events.SpeakersNamed: wishes.on_speakers_named,
    events.SpeakersChanged: wishes.on_speakers_changed,
    events.NamesHeard: wishes.on_names_heard,
    events.ErasureRequested: wishes.on_erasure_requested,
    events.ConnectAnswered: connection_events.on_connect_answered,
    events.CallConnected: connection_events.on_call_connected,
    events.ConnectFailed: connection_events.on_connect_failed,
    events.CallDisconnected: connection_events.on_call_disconnected,
    events.CallEnded: connection_events.on_call_ended,
    events.ParticipantsChanged: connection_events.on_participants_changed,
    events.PeopleCounted: connection_events.on_people_counted,
    events.InvitationAccepted: connection_events.on_invitation_accepted,
    events.InvitationFailed: connection_events.on_invitation_failed,
    events.TranscriptionStarted: transcription_events.on_transcription_started,
    events.TranscriptionStopped: transcription_events.on_transcription_stopped,
    events.TranscriptionClosed: transcription_events.on_transcription_closed,
    events.TranscriptionUpdated: transcription_events.on_transcription_updated,
    events.TranscriptionResumed: transcription_events.on_transcription_resumed,
    events.TranscriptionFailed: transcription_events.on_transcription_failed,
    events.SocketOpened: transcription_events.on_socket_opened,
    events.SocketClosed: transcription_events.on_socket_closed,
    events.StreamBegan: transcription_events.on_stream_began,
    events.CommandAccepted: command_outcomes.on_command_accepted,
    events.CommandRefused: command_outcomes.on_command_refused,
    events.CommandUnanswered: command_outcomes.on_command_unanswered,
    events.CallReported: command_outcomes.on_call_reported,
    events.TimePassed: on_time_passed,
}
"""Those that are not there state no fact: they are only for the journal."""


def observe(event: Event, session: Session, now: int) -> Session:
    """The session with the event's facts in it."""
    handle = HANDLERS.get(type(event))
    return session if handle is None else handle(event, session, now)
