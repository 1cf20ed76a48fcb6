"""What must hold in every world, whosever calls it has."""

from collections import Counter
from typing import Any

from functions.lifecycle.bandwidth import PROVIDER
from functions.lifecycle.session import Desired, Session, State
from functions.services.claims import NOBODYS
from tests.simulation import acs_properties, bandwidth_properties
from tests.simulation.scene import Real, Scene
from tests.simulation.world import World

OWN: dict[str, Any] = {"": acs_properties, PROVIDER: bandwidth_properties}
"""What must hold of a provider's calls, by its name: two functions, as below."""

type Truth = list[dict[str, Any]]


async def after_the_calm(world: World) -> list[str]:
    """What is wrong long after the last mishap: sessions must be where their calls are."""
    scene = world.scene
    wrong = [*scene.hosts.faults]
    for session in scene.all_sessions():
        real = world.sides[session.request.provider].reality(session)
        wrong += [f"{session.id[-6:]} {fault}" for fault in disagreements(session, real)]
        if scene.last_wish(session.id)[0] == "stop-requested" and session.desired is not Desired.STOPPED:
            wrong.append(f"{session.id[-6:]} was stopped, but wants to transcribe")
    for name, side in world.sides.items():
        wrong += await OWN[name].after_the_calm(scene, side)
    return wrong + journal_faults(scene)


def disagreements(session: Session, real: Real) -> list[str]:
    """Where a session and its connection say different things."""
    faults = []
    if session.state not in {State.ACTIVE, State.STOPPED, State.FAILED}:
        faults.append(f"is still {session.state}, its connection is {real.state}")
    if session.state is State.ACTIVE and not real.transcribing:
        faults.append(f"says active, but is not transcribed: {real}")
    if session.state is State.ACTIVE and real.locale != session.locale:
        faults.append(f"says {session.locale}, but is transcribed in {real.locale}")
    if session.ended_at is not None and real.transcribing:
        faults.append(f"says {session.state}, but is transcribed")
    if session.state is State.FAILED and (session.error is None or not session.error.remedy):
        faults.append("failed without a remedy")
    return faults


def journal_faults(scene: Scene) -> list[str]:
    """Sessions whose newest entry says something else than they do."""
    wrong = []
    for session_id in scene.session_ids():
        session = scene.session(session_id)
        entries = [entry for _, entry in scene.tables["sessions"].of(session_id, "event-")]
        newest = max(entries, key=lambda entry: entry.revision, default=None)
        if newest is None or session.erased_at is not None:
            continue
        if (newest.revision, newest.state) != (session.revision, session.state.value):
            wrong.append(f"{session_id[-6:]} is {session.state} r{session.revision}, its journal {newest}")
    return wrong


async def at_the_end(world: World) -> list[str]:
    """What is wrong after everything was stopped, and everybody went home."""
    scene = world.scene
    wrong = [*scene.hosts.faults]
    wrong += [f"{owner[-6:]} had something due for longer than two sweeps" for owner in world.overdue]
    for session in scene.all_sessions():
        if session.ended_at is None:
            wrong.append(f"{session.id[-6:]} never ended: {session.state}, {session.connection}")
        if session.pending:
            wrong.append(f"{session.id[-6:]} ended, but waits for {session.pending}")
    wrong += [f"{owner[-6:]} took an event in {n} times" for (owner, _), n in repeats(scene)]
    wrong += transcript_faults(scene) + erasure_faults(world) + announcement_faults(scene)
    for name, side in world.sides.items():
        wrong += order_faults(scene, await side.truth()) + await OWN[name].at_the_end(scene, side)
    return wrong


def repeats(scene: Scene) -> list[tuple[tuple[str, str], int]]:
    """Events that counted more than once; those of a session whose journal was erased may."""
    taken_in = scene.store.taken_in.items()
    return [(key, n) for key, n in taken_in if n > 1 and scene.session(key[0]).erased_at is None]


def transcript_faults(scene: Scene) -> list[str]:
    """Finals that were lost, doubled, made up, or shown before they were stored."""
    stored = Counter(
        (session_id, content.text)
        for (session_id, row), (content, _) in scene.tables["segments"].rows.items()
        if row[0].isdigit()
    )
    erased = {one for one in scene.session_ids() if scene.session(one).erased_at is not None}
    acknowledged = {said for said in scene.hub.acknowledged if said[0] not in erased}
    return [
        *(f"lost: {said}" for said in acknowledged - set(stored)),
        *(f"twice: {said}" for said, times in stored.items() if times > 1),
        *(f"made up: {said}" for said in set(stored) - scene.hub.tried),
        *(
            f"shown before it was stored: {segment}"
            for owner, segment in scene.viewers.too_early
            if owner not in erased
        ),
    ]


def order_faults(scene: Scene, truth: Truth) -> list[str]:
    """Streams whose finals are not stored in the order in which they were said."""
    said_at = {part["text"]: part["offsetMs"] for call in truth for part in call["spoken"]}
    streams: dict[str, list[int]] = {}
    for (_, row), (content, _) in sorted(scene.tables["segments"].rows.items()):
        if row[0].isdigit() and content.text in said_at:
            streams.setdefault(content.stream, []).append(said_at[content.text])
    return [
        f"stream {name[:12]} is out of order" for name, places in streams.items() if places != sorted(places)
    ]


def erasure_faults(world: World) -> list[str]:
    """What is left of sessions whose erasure was promised."""
    scene, wrong = world.scene, []
    for session_id in world.users.erased:
        name, session = session_id[-6:], scene.session(session_id)
        if scene.tables["segments"].of(session_id):
            wrong.append(f"{name} is erased, but its words are there")
        entries = [entry for _, entry in scene.tables["sessions"].of(session_id, "event-")]
        wrong += [f"{name} is erased, but its journal says {entry}" for entry in entries if entry.detail]
        if session.erased_at is None or not session.words_erased or session.erasure_due is not None:
            wrong.append(f"{name} was to be erased, but is {session.state}")
        if session.speakers or session.names or session.request.tag:
            wrong.append(f"{name} is erased, but knows names")
        if ("newest", session_id) in scene.tables["index"].rows:
            wrong.append(f"{name} is erased, but listed")
        claims = [
            key
            for key, (claim, _) in scene.tables["claims"].rows.items()
            if claim.session_id == session_id and claim.request != NOBODYS
        ]
        wrong += [f"{name} is erased, but has a claim: {key}" for key in claims]
    return wrong


def announcement_faults(scene: Scene) -> list[str]:
    """Sessions of which the topic did not hear what became of them."""
    wrong = []
    heard: dict[str, dict[str, dict[str, Any]]] = {}
    for event in scene.topic.published:
        told = heard.setdefault(event["data"]["id"], {})
        erased = scene.session(event["data"]["id"]).erased_at is not None
        if told.setdefault(event["id"], event) != event and not erased:  # a repeat of which then tells less
            wrong.append(f"two events are called {event['id']}")
    for session_id in scene.session_ids():
        session = scene.session(session_id)
        if session.erased_at is not None:
            continue
        names = Counter(event["type"].rpartition(".")[2] for event in heard.get(session_id, {}).values())
        if names["Stopped"] + names["Failed"] == 0:
            wrong.append(f"{session_id[-6:]} ended, and the topic did not hear of it")
        if session.started_at is not None and not (names["Started"] and names["Ready"]):
            wrong.append(f"{session_id[-6:]} was transcribed, and the topic heard only {dict(names)}")
        if names["Resumed"] > names["Interrupted"] + withdrawn(scene, session_id):
            wrong.append(f"{session_id[-6:]} was resumed more often than interrupted: {dict(names)}")
    return wrong


def withdrawn(scene: Scene, session_id: str) -> int:
    """How often a session that was on its way out was wanted again."""
    entries = [entry for _, entry in scene.tables["sessions"].of(session_id, "event-")]
    return sum(entry.name in {"start-requested", "restart-requested"} for entry in entries)
