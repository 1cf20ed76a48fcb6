"""What a callback and a frame cost in requests to Table Storage and Web PubSub; counted, not timed.

`callback` is TranscriptionStarted, which ends a wait; `callback_with_deadline` is ParticipantsUpdated that says we
are alone, which begins one; `call_connected` is CallConnected, whose next step, the start of the transcription,
is a command with an outcome that is saved in turn.
"""

from collections import Counter

from functions.lifecycle.events import ParticipantsChanged
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import Session
from functions.services import sessions
from functions.services.applying import apply
from functions.services.transcript_stream import Socket
from functions.triggers.call_events import CloudEvent
from tests.bench.counted_bed import CountedBed, counted_bed
from tests.bench.figures import Operations, Scale
from tests.service.bed import entry_of, group_call, new_group, transcribed
from tests.service.cloud import HERE, take_in
from tests.service.line import Line, stream_ports
from tests.service.speech import metadata, words
from tests.waiting import until

type Found = dict[str, Counter[str]]

LIMITS: Found = {
    "callback_operations": Counter(session_read=1, transaction=1, send=1),
    "callback_with_deadline_operations": Counter(session_read=1, timer_row=1, transaction=1),
    "call_connected_operations": Counter(
        session_read=1, claim=1, names_query=2, timer_row=1, transaction=2, send=1
    ),
    "final_operations": Counter(insert=1, send=1),
    "interim_operations": Counter(send=1),
}
"""A send where viewers see a change. Names are kept by the day, so they are looked for in two partitions."""
NAMES = tuple(LIMITS)


async def measure(scale: Scale) -> list[Operations]:
    """The figures of a second session: the first one makes the tables."""
    del scale
    async with counted_bed() as bed:
        await count_all(bed)
        found = await count_all(bed)
    return [Operations(name, found[name], limit) for name, limit in LIMITS.items()]


async def count_all(bed: CountedBed) -> Found:
    """One session, from its call's answer to its words."""
    session, connected = await session_in_call(bed)
    found = {"call_connected_operations": await callback_requests(bed, session, connected)}
    line = await open_line(bed, session)
    started = await next_callback(bed, session, "TranscriptionStarted")
    found["callback_operations"] = await callback_requests(bed, session, started)
    found["callback_with_deadline_operations"] = await requests_when_alone(bed)
    return found | await frame_requests(bed, line)


# --- callbacks


async def session_in_call(bed: CountedBed) -> tuple[Session, CloudEvent]:
    """A new session, and the CallConnected that waits for it."""
    group = new_group()
    await bed.cloud.make_call(group)
    session, _ = await sessions.start(bed.ports, group_call(group))
    return session, await next_callback(bed, session, "CallConnected")


async def next_callback(bed: CountedBed, session: Session, name: str) -> CloudEvent:
    """The first callback of that name, once it has come."""
    callbacks = bed.cloud.callbacks
    await until(lambda: callbacks.named(session.id, name))
    return callbacks.named(session.id, name)[0]


async def callback_requests(bed: CountedBed, session: Session, callback: CloudEvent) -> Counter[str]:
    """What goes out for one callback."""
    return await bed.wire.requests_of(take_in(bed.ports, session.id, callback))


async def requests_when_alone(bed: CountedBed) -> Counter[str]:
    """What goes out when everybody else has left a session whose timer is far off."""
    session = transcribed()
    await bed.ports.store.insert(session, entry_of(session))
    happened = Occurrence("bench", session.id, ParticipantsChanged("connection", (), sequence=1))
    return await bed.wire.requests_of(apply(bed.ports, session.id, happened))


# --- frames


async def open_line(bed: CountedBed, session: Session) -> Line:
    """The session's transcript socket."""
    stored = await sessions.load(bed.ports, session.id)
    line = Line(stream_ports(bed.ports, bed.tables), Socket(f"socket-{session.id}", session.id, HERE))
    await line.open(stored.session.call_connection_id)
    return line


async def frame_requests(bed: CountedBed, line: Line) -> Found:
    """What goes out for a final and for an interim, once a stream's first words have been heard."""
    await line.say(metadata())
    await line.say(words("the first words", 1_000))
    return {
        "final_operations": await bed.wire.requests_of(line.say(words("a final", 3_000))),
        "interim_operations": await bed.wire.requests_of(line.say(words("an interim", 5_000, final=False))),
    }
