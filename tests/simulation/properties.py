"""What must hold in every world."""

from collections import Counter
from typing import Any

from functions.lifecycle.deadlines import MOST_FAILURES
from functions.lifecycle.session import Desired, Session, State
from functions.services.claims import NOBODYS
from tests.simulation.world import World

UNDER_WAY_MS = 1000
"""A start that was saved before the stop may still be on its way that long."""
MOST_STARTS = MOST_FAILURES + 4
"""In a row without a TranscriptionStarted: the first, the retries, and those of which nobody heard in time."""

type Truth = list[dict[str, Any]]


async def after_the_calm(world: World) -> list[str]:
    """What is wrong long after the last mishap: sessions must be where their calls are."""
    truth = await world.truth()
    connections = {one["callConnectionId"]: one for call in truth for one in call["connections"]}
    wrong = [*world.hosts.faults]
    for session_id in world.session_ids():
        session = world.session(session_id)
        real = connections.get(session.call_connection_id or "", {})
        wrong += [f"{session_id[-6:]} {fault}" for fault in disagreements(session, real)]
        if world.last_wish(session_id)[0] == "stop-requested" and session.desired is not Desired.STOPPED:
            wrong.append(f"{session_id[-6:]} was stopped, but wants to transcribe")
    return wrong + two_bots(truth) + silent_bots(world, truth) + journal_faults(world) + retry_faults(world)


def disagreements(session: Session, real: dict[str, Any]) -> list[str]:
    """Where a session and its connection say different things."""
    faults = []
    if session.state not in {State.ACTIVE, State.STOPPED, State.FAILED}:
        faults.append(f"is still {session.state}, its connection is {real.get('state')}")
    if session.state is State.ACTIVE and not real.get("transcribing"):
        faults.append(f"says active, but ACS does not transcribe: {real}")
    if session.state is State.ACTIVE and real.get("locale") != session.locale:
        faults.append(f"says {session.locale}, but ACS transcribes {real.get('locale')}")
    if session.ended_at is not None and real.get("transcribing"):
        faults.append(f"says {session.state}, but ACS transcribes")
    if session.state is State.FAILED and (session.error is None or not session.error.remedy):
        faults.append("failed without a remedy")
    return faults


def two_bots(truth: Truth) -> list[str]:
    """Calls in which more than one connection of ours is at work, or was only joined for that."""
    busy = {
        call["simId"]: [
            one
            for one in call["connections"]
            if one["state"] == "connected" and (one["kind"] == "connect" or one["transcribing"])
        ]
        for call in truth
    }
    return [f"call {sim_id[:8]} has {len(bots)} bots" for sim_id, bots in busy.items() if len(bots) > 1]


def silent_bots(world: World, truth: Truth) -> list[str]:
    """Connections in a call that no live session has, or that are alone there.

    One in a call that we placed or answered may stay with the people there after its session's end.
    """
    sessions = [world.session(session_id) for session_id in world.session_ids()]
    live = {session.call_connection_id for session in sessions if session.ended_at is None}
    placed = {session.call_connection_id for session in sessions if not session.was_joined}
    bots = {one.parties.bot for one in world.acs.calls._world.connections.values()}
    wrong = []
    for call in truth:
        people = [one for one in call["participants"] if one["rawId"] not in bots]
        for one in call["connections"]:
            if one["state"] not in {"connecting", "connected"}:
                continue
            if one["callConnectionId"] not in live | placed:
                wrong.append(f"a bot nobody owns is in a call: {one['callConnectionId'][:8]}")
            if not people:
                wrong.append(f"a bot is alone in a call: {one['callConnectionId'][:8]} ({one['kind']})")
    return wrong


def journal_faults(world: World) -> list[str]:
    """Sessions whose newest entry says something else than they do."""
    wrong = []
    for session_id in world.session_ids():
        session = world.session(session_id)
        entries = [entry for _, entry in world.tables["sessions"].of(session_id, "event-")]
        newest = max(entries, key=lambda entry: entry.revision, default=None)
        if newest is None or session.erased_at is not None:
            continue
        if (newest.revision, newest.state) != (session.revision, session.state.value):
            wrong.append(f"{session_id[-6:]} is {session.state} r{session.revision}, its journal {newest}")
    return wrong


def retry_faults(world: World) -> list[str]:
    """Connections whose transcription was started again and again in vain."""
    started: list[tuple[int, str, str]] = []
    for call in world.acs.calls._world.calls.values():
        started += [
            (record.at, "Started", record.connection.connection_id)
            for record in call.callbacks
            if record.event["type"].endswith("TranscriptionStarted")
        ]
    asked = [one for one in world.acs.asked if one[1] == "StartTranscription"]
    in_vain: Counter[str] = Counter()
    wrong = set()
    for _, name, connection in sorted(asked + started):
        in_vain[connection] = in_vain[connection] + 1 if name == "StartTranscription" else 0
        if in_vain[connection] > MOST_STARTS:
            wrong.add(f"connection {connection[:8]} was started over and over")
    return sorted(wrong)


async def at_the_end(world: World) -> list[str]:
    """What is wrong after everything was stopped, and everybody went home."""
    truth = await world.truth()
    wrong = [*world.hosts.faults]
    wrong += [
        f"{session_id[-6:]} had something due for longer than two sweeps" for session_id in world.overdue
    ]
    for session_id in world.session_ids():
        session = world.session(session_id)
        if session.ended_at is None:
            wrong.append(f"{session_id[-6:]} never ended: {session.state}, {session.connection}")
        if session.pending:
            wrong.append(f"{session_id[-6:]} ended, but waits for {session.pending}")
    staying = [one for call in truth for one in call["connections"] if one["state"] != "disconnected"]
    wrong += [f"a bot is still in a call: {one}" for one in staying]
    wrong += [f"people were hung up on: {connection[:8]}" for connection in world.acs.hung_up_on]
    wrong += [f"{owner[-6:]} took an event in {n} times" for (owner, _), n in repeats(world)]
    wrong += (
        transcript_faults(world) + order_faults(world, truth) + start_faults(world) + erasure_faults(world)
    )
    return wrong + announcement_faults(world)


def repeats(world: World) -> list[tuple[tuple[str, str], int]]:
    """Events that counted more than once; those of a session whose journal was erased may."""
    taken_in = world.store.taken_in.items()
    return [(key, n) for key, n in taken_in if n > 1 and world.session(key[0]).erased_at is None]


def transcript_faults(world: World) -> list[str]:
    """Finals that were lost, doubled, made up, or shown before they were stored."""
    stored = Counter(
        (session_id, content.text)
        for (session_id, row), (content, _) in world.tables["segments"].rows.items()
        if row[0].isdigit()
    )
    erased = {one for one in world.session_ids() if world.session(one).erased_at is not None}
    acknowledged = {said for said in world.hub.acknowledged if said[0] not in erased}
    return [
        *(f"lost: {said}" for said in acknowledged - set(stored)),
        *(f"twice: {said}" for said, times in stored.items() if times > 1),
        *(f"made up: {said}" for said in set(stored) - world.hub.tried),
        *(
            f"shown before it was stored: {segment}"
            for owner, segment in world.viewers.too_early
            if owner not in erased
        ),
    ]


def order_faults(world: World, truth: Truth) -> list[str]:
    """Streams whose finals are not stored in the order in which they were said."""
    said_at = {part["text"]: part["offsetMs"] for call in truth for part in call["spoken"]}
    streams: dict[str, list[int]] = {}
    for (_, row), (content, _) in sorted(world.tables["segments"].rows.items()):
        if row[0].isdigit() and content.text in said_at:
            streams.setdefault(content.stream, []).append(said_at[content.text])
    return [
        f"stream {name[:12]} is out of order" for name, places in streams.items() if places != sorted(places)
    ]


def start_faults(world: World) -> list[str]:
    """Starts that were asked for after their session's stop was saved for good."""
    wrong = []
    for session_id in world.session_ids():
        wish, stopped_at = world.last_wish(session_id)
        connection = world.session(session_id).call_connection_id
        late = [
            at
            for at, name, about in world.acs.asked
            if name == "StartTranscription" and about == connection and at > stopped_at + UNDER_WAY_MS
        ]
        if wish != "stop-requested":
            continue
        if connection and late:
            wrong.append(f"{session_id[-6:]} was started {late[0] - stopped_at} ms after its stop")
    return wrong


def erasure_faults(world: World) -> list[str]:
    """What is left of sessions whose erasure was promised."""
    wrong = []
    for session_id in world.erased:
        name, session = session_id[-6:], world.session(session_id)
        if world.tables["segments"].of(session_id):
            wrong.append(f"{name} is erased, but its words are there")
        entries = [entry for _, entry in world.tables["sessions"].of(session_id, "event-")]
        wrong += [f"{name} is erased, but its journal says {entry}" for entry in entries if entry.detail]
        if session.erased_at is None or not session.words_erased or session.erasure_due is not None:
            wrong.append(f"{name} was to be erased, but is {session.state}")
        if session.speakers or session.names or session.request.tag:
            wrong.append(f"{name} is erased, but knows names")
        if ("newest", session_id) in world.tables["index"].rows:
            wrong.append(f"{name} is erased, but listed")
        claims = [
            key
            for key, (claim, _) in world.tables["claims"].rows.items()
            if claim.session_id == session_id and claim.request != NOBODYS
        ]
        wrong += [f"{name} is erased, but has a claim: {key}" for key in claims]
    return wrong


def announcement_faults(world: World) -> list[str]:
    """Sessions of which the topic did not hear what became of them."""
    wrong = []
    heard: dict[str, dict[str, dict[str, Any]]] = {}
    for event in world.topic.published:
        told = heard.setdefault(event["data"]["id"], {})
        erased = world.session(event["data"]["id"]).erased_at is not None
        if told.setdefault(event["id"], event) != event and not erased:  # a repeat of which then tells less
            wrong.append(f"two events are called {event['id']}")
    for session_id in world.session_ids():
        session = world.session(session_id)
        if session.erased_at is not None:
            continue
        names = Counter(event["type"].rpartition(".")[2] for event in heard.get(session_id, {}).values())
        if names["Stopped"] + names["Failed"] == 0:
            wrong.append(f"{session_id[-6:]} ended, and the topic did not hear of it")
        if session.started_at is not None and not (names["Started"] and names["Ready"]):
            wrong.append(f"{session_id[-6:]} was transcribed, and the topic heard only {dict(names)}")
        if names["Resumed"] > names["Interrupted"] + withdrawn(world, session_id):
            wrong.append(f"{session_id[-6:]} was resumed more often than interrupted: {dict(names)}")
    return wrong


def withdrawn(world: World, session_id: str) -> int:
    """How often a session that was on its way out was wanted again."""
    entries = [entry for _, entry in world.tables["sessions"].of(session_id, "event-")]
    return sum(entry.name in {"start-requested", "restart-requested"} for entry in entries)
