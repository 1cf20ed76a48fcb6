"""Stories of whatever may come, in whatever order, as often as it likes."""

from collections.abc import Iterator

from hypothesis import strategies as st

from functions.lifecycle import events
from functions.lifecycle.commands import (
    Announce,
    AskCall,
    Connect,
    CountPeople,
    Erase,
    Invite,
    Leave,
    Pending,
    StartTranscription,
    StopTranscription,
    UpdateTranscription,
)
from functions.lifecycle.events import Event, Outcome
from functions.lifecycle.machine import Birth, Decision, decide
from functions.lifecycle.session import Session, StartRequest
from tests.unit.lifecycle.story import (
    ADA,
    BEGIN,
    BIRTH,
    ENDED_BY_FAULT,
    ENDED_BY_PEOPLE,
    ENDED_BY_US,
    FORBIDDEN,
    KINDS,
    NO_SUCH_CALL,
    NOT_ACTIVE,
    at_setup,
    begun,
)

ANNOUNCING = Birth(BIRTH.id, BIRTH.ticket, BIRTH.secret, BIRTH.longest_ms, announces=True)
REQUESTS = st.sampled_from([*KINDS.values(), *(at_setup(request) for request in KINDS.values())])
CONNECTIONS = st.sampled_from(["one", "one", "two", "three"])
ATTEMPTS = st.sampled_from([None, 1, 1, 2, 3])
SOCKETS = st.sampled_from(["first-socket", "second-socket"])
COMMANDS = st.sampled_from([f"{revision}-{number}" for revision in range(16) for number in range(2)])
LOCALES = st.sampled_from(["en-US", "de-DE", "fr-FR"])
PEOPLE = st.sampled_from([(), (ADA,), (ADA, "8:acs:bo")])
SERVER_CALLS = st.sampled_from([None, "server/call"])
OUTCOMES = st.sampled_from(
    [
        Outcome(400, 8501, "Action is invalid when call is not in Established state."),
        Outcome(405, 8520, "Update transcription is not supported."),
        Outcome(400, 8528, "Action is invalid, call already terminated."),
        NO_SUCH_CALL,
        ENDED_BY_FAULT,
        FORBIDDEN,
    ]
)
WISHES: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from(
        [
            events.StartRequested(),
            events.StopRequested(),
            events.RestartRequested(),
            events.ErasureRequested(),
            events.SpeakersNamed({ADA: "Ada"}),
            events.SpeakersChanged({ADA: None, "8:acs:bo": "Bo"}),
            events.NamesHeard({"8:acs:bo": "Bo"}),
        ]
    ),
    st.builds(events.LocaleRequested, LOCALES),
)
OF_COMMANDS: st.SearchStrategy[Event] = st.one_of(
    st.builds(events.ConnectAnswered, COMMANDS, st.integers(1, 3), CONNECTIONS, SERVER_CALLS),
    st.builds(events.CommandAccepted, COMMANDS),
    st.builds(events.CommandRefused, COMMANDS, OUTCOMES),
    st.builds(events.CommandUnanswered, COMMANDS, st.just("no answer")),
    st.builds(events.PeopleCounted, COMMANDS, CONNECTIONS, PEOPLE),
    st.builds(
        events.CallReported,
        COMMANDS,
        CONNECTIONS,
        st.sampled_from(["connecting", "connected", "gone"]),
        st.booleans(),
        st.none() | LOCALES,
    ),
)
OF_THE_CALL: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        events.CallConnected,
        CONNECTIONS,
        ATTEMPTS,
        SERVER_CALLS,
        st.none(),
        st.sampled_from([None, None, None, "01HOLDER"]),
    ),
    st.builds(events.ConnectFailed, CONNECTIONS, ATTEMPTS, OUTCOMES),
    st.builds(
        events.CallDisconnected,
        CONNECTIONS,
        st.sampled_from([ENDED_BY_US, ENDED_BY_PEOPLE, ENDED_BY_FAULT]),
    ),
    st.sampled_from([events.CallEnded("server/call"), events.CallEnded("server/incoming")]),
    st.builds(events.ParticipantsChanged, CONNECTIONS, PEOPLE, st.integers(0, 9)),
    st.builds(events.InvitationAccepted, CONNECTIONS),
    st.builds(events.InvitationFailed, CONNECTIONS, OUTCOMES),
)
OF_THE_TRANSCRIPTION: st.SearchStrategy[Event] = st.one_of(
    st.builds(events.TranscriptionStarted, CONNECTIONS),
    st.builds(events.TranscriptionStopped, CONNECTIONS),
    st.builds(events.TranscriptionUpdated, CONNECTIONS),
    st.builds(events.TranscriptionResumed, CONNECTIONS),
    st.builds(events.TranscriptionFailed, CONNECTIONS, OUTCOMES | st.just(NOT_ACTIVE)),
    st.builds(events.SocketOpened, SOCKETS),
    st.builds(events.SocketClosed, SOCKETS),
    st.builds(events.StreamBegan, SOCKETS, st.just("stream")),
    st.just(events.CallbackNoted("PlayCompleted")),
)
EVENTS = WISHES | OF_COMMANDS | OF_THE_CALL | OF_THE_TRANSCRIPTION | st.just(events.TimePassed())
PAUSES = st.sampled_from([0, 0, 0, 1, 500, 2000, 15_000, 30_000, 46_000, 120_000, 900_000, 90_000_000])
type Answer = tuple[str, bool]
ANSWERS = st.tuples(st.sampled_from(["well", "otherwise", "ill", "over", "unanswered"]), st.booleans())
STEPS = st.lists(st.tuples(PAUSES, EVENTS | ANSWERS | ANSWERS), max_size=40)
STORIES = st.tuples(REQUESTS, STEPS)
type Steps = tuple[StartRequest, list[tuple[int, Event | Answer]]]


def answer_to(session: Session, how: str, *, newest: bool) -> Event:
    """An outcome of the session's newest or oldest command."""
    if not session.pending:
        return events.TimePassed()
    pending = session.pending[-1 if newest else 0]
    if how in ("ill", "over"):
        return events.CommandRefused(pending.id, FORBIDDEN if how == "ill" else NO_SUCH_CALL)
    return events.CommandUnanswered(pending.id, "") if how == "unanswered" else success(pending, how)


def success(pending: Pending, how: str) -> Event:
    """What ACS answers to the command, in one of two ways."""
    well = how == "well"
    match pending.command:
        case Connect(attempt):
            return events.ConnectAnswered(pending.id, attempt, "one" if well else "two", "server/call")
        case AskCall(connection):
            return events.CallReported(pending.id, connection, "connected", transcribing=well)
        case CountPeople(connection):
            return events.PeopleCounted(pending.id, connection, (ADA,) if well else ())
        case _:
            return events.CommandAccepted(pending.id)


def fits(session: Session, event: Event) -> bool:
    """Whether the event can be: success has a form of its own for every kind of command."""
    accepted = (StartTranscription, StopTranscription, UpdateTranscription, Invite, Leave, Announce, Erase)
    kinds: dict[type, tuple[type, ...]] = {
        events.ConnectAnswered: (Connect,),
        events.CallReported: (AskCall,),
        events.PeopleCounted: (CountPeople,),
        events.CommandAccepted: accepted,
    }
    answered = {pending.id: pending.command for pending in session.pending}.get(getattr(event, "command", ""))
    if isinstance(answered, Connect) and isinstance(event, events.ConnectAnswered):
        return event.attempt == answered.attempt
    return answered is None or isinstance(answered, kinds.get(type(event), (object,)))


def walk(steps: Steps) -> Iterator[tuple[Session, Event, int, Decision]]:
    """Every step of a session: before, event, moment, decision."""
    request, happened = steps
    session, now = begun(request, ANNOUNCING).session, BEGIN
    for pause, given_event in happened:
        now += pause
        event = (
            answer_to(session, given_event[0], newest=given_event[1])
            if isinstance(given_event, tuple)
            else given_event
        )
        if not fits(session, event):
            continue
        decision = decide(session, event, now)
        yield session, event, now, decision
        session = decision.session
