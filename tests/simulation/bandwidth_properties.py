"""What must hold of Bandwidth's calls in every world."""

import re
from collections import Counter
from xml.etree.ElementTree import Element, tostring

from functions.lifecycle.bandwidth import PROVIDER
from functions.lifecycle.bxml import HANGUP, KEEPING, OURS, verbs_of
from functions.lifecycle.session import PlacedCall, Session
from local.bandwidth_model.state import Call
from tests.simulation.bandwidth import is_ours, live_of_ours
from tests.simulation.bandwidth_calls import APPLICATION
from tests.simulation.bandwidth_people import BandwidthSide
from tests.simulation.scene import Scene
from tests.simulation.starts import Moments, started_after_its_stop, started_over_and_over
from tests.simulation.web_pubsub import STRANGER

NAME = re.compile(r"([0-9A-Z]{26})-\d+")
LONGEST_NAME = 255
UNDER_WAY_MS = 4000
"""Before a script is given, the address of its socket may come late."""
SETTLED_MS = 60_000
"""After the calm began, a call that rang before may still learn that nobody answered it."""


async def after_the_calm(scene: Scene, side: BandwidthSide) -> list[str]:
    """What is wrong long after the last mishap."""
    over_and_over = started_over_and_over(starts_of(side), started_of(side))
    return over_and_over + nobodys_transcriptions(scene, side) + calls_left_over(scene, side)


async def at_the_end(scene: Scene, side: BandwidthSide) -> list[str]:
    """What is wrong after everybody went home."""
    wrong = calls_left_over(scene, side) + calls_that_broke_off(scene, side) + scripts_that_hang_up(side)
    wrong += phones_rung_again(side) + names_used_again(side) + strangers_heard(scene)
    wrong += [f"{one[:10]} had {n} transcriptions of ours at once" for one, n in too_many_at_once(side)]
    for session in sessions_of(scene):
        asked = [at for at, owner in starts_of(side) if owner == session.id]
        wrong += started_after_its_stop(scene, session, asked, UNDER_WAY_MS)
    return wrong


def sessions_of(scene: Scene) -> list[Session]:
    """The sessions of calls there."""
    return [session for session in scene.all_sessions() if session.request.provider == PROVIDER]


# --- transcriptions


def starts_of(side: BandwidthSide) -> Moments:
    """When each session's transcription was asked to start."""
    return [(at, owner_of(name)) for at, _, name in names_given(side)]


def started_of(side: BandwidthSide) -> Moments:
    """When each session's transcription came about."""
    return [
        (record.at, owner_of(record.event["realTimeTranscription"]["name"]))
        for call in side.bandwidth.calls()
        for record in call.webhooks
        if record.event["eventType"] == "realTimeTranscriptionStarted"
    ]


def names_given(side: BandwidthSide) -> list[tuple[int, str, str]]:
    """When, in which call and by which name a transcription of ours was asked for."""
    return [
        (at, call_id, verb.get("name", ""))
        for at, call_id, verbs in side.bandwidth.scripts
        for verb in verbs
        if verb.tag == "StartTranscription"
    ]


def owner_of(name: str) -> str:
    """The id of the session whose transcription it is."""
    found = NAME.fullmatch(name)
    return found[1] if found else name


def names_used_again(side: BandwidthSide) -> list[str]:
    """Names of transcriptions that a call had before, or that are longer than they may be."""
    begun = Counter(
        (call.call_id, made.name)
        for call in side.bandwidth.calls()
        for made in (*call.transcriptions, *call.rejected)
        if is_ours(made)
    )
    long = {name for _, _, name in names_given(side) if len(name) > LONGEST_NAME}
    return [
        *(
            f"{call_id[:10]} was given the name {name} {n} times"
            for (call_id, name), n in begun.items()
            if n > 1
        ),
        *(f"a name is too long: {name[:20]}" for name in long),
    ]


def too_many_at_once(side: BandwidthSide) -> list[tuple[str, int]]:
    """Calls that had more than one transcription of ours at some moment."""
    return [(call_id, n) for call_id, n in side.bandwidth.most_live.items() if n > 1]


def nobodys_transcriptions(scene: Scene, side: BandwidthSide) -> list[str]:
    """Transcriptions of ours that no live session has."""
    live = {session.id for session in scene.all_sessions() if session.ended_at is None}
    running = [made for call in side.bandwidth.calls() for made in live_of_ours(call)]
    return [
        f"nobody has the transcription {made.name}" for made in running if owner_of(made.name) not in live
    ]


def strangers_heard(scene: Scene) -> list[str]:
    """Words of those who did not show the session's ticket."""
    rows = scene.tables["segments"].rows.items()
    found = [content.text for (_, row), (content, _) in rows if row[0].isdigit()]
    return [f"a stranger was heard: {text}" for text in found if text.startswith(STRANGER)]


# --- calls


def phones_rung_again(side: BandwidthSide) -> list[str]:
    """Sessions that rang somebody more than once."""
    rung = Counter(call.tag for call in side.bandwidth.calls() if call.tag)
    return [f"{session_id[-6:]} rang {n} times" for session_id, n in rung.items() if n > 1]


def calls_left_over(scene: Scene, side: BandwidthSide) -> list[str]:
    """Calls that we placed, and that ring or are talked in though their session ended before they were answered."""
    wrong = []
    for call in side.bandwidth.calls():
        if call.tag is None or call.ended_at is not None:
            continue
        session = scene.session(call.tag)
        if session.ended_at is not None and was_given_up(scene, session):
            wrong.append(f"{session.id[-6:]} ended before it was in its call, which is still {call.state}")
    return wrong


def was_given_up(scene: Scene, session: Session) -> bool:
    """Whether a placed call's session ended, or was stopped, before it knew that somebody had answered."""
    if not isinstance(session.request.call, PlacedCall):
        return False
    wish, wished_at = scene.last_wish(session.id)
    entered = session.connected_at
    return entered is None or (wish == "stop-requested" and wished_at < entered)


def calls_that_broke_off(scene: Scene, side: BandwidthSide) -> list[str]:
    """Calls that were answered and are over, though nobody wanted that."""
    talked = [call for call in side.bandwidth.calls() if call.answered_at is not None]
    unwanted = [call for call in talked if call.ended_at and call.call_id not in side.people_ended]
    return [
        f"{call.call_id[:10]} ({call.application_id}) broke off: {call.cause} {call.error_message}"
        for call in unwanted
        if not is_excused(scene, side, call)
    ]


def is_excused(scene: Scene, side: BandwidthSide, call: Call) -> bool:
    """Whether we may have ended a call: one of ours that nobody of us was known to be in, or whose app did not answer."""
    if call.application_id != APPLICATION or call.cause == "invalid-bxml":
        return False
    if call.cause == "callback-error":
        return side.calm_since is None or (call.ended_at or 0) < side.calm_since + SETTLED_MS
    by_us = call.call_id in side.bandwidth.ended_by_us - side.bandwidth.hung_up_on
    return by_us or told_to_hang_up(side, call)


def told_to_hang_up(side: BandwidthSide, call: Call) -> bool:
    """Whether we answered that the call shall be over, when somebody took it or rang."""
    given = [verbs for _, call_id, verbs in side.bandwidth.scripts if call_id == call.call_id]
    return [verb.tag for verb in given[0]] == [HANGUP] if given else False


def scripts_that_hang_up(side: BandwidthSide) -> list[str]:
    """Scripts of ours for calls of another application that do not go on as was asked, or end any call in the end."""
    wrong = []
    for _, call_id, verbs in side.bandwidth.scripts:
        rest = [verb for verb in verbs if verb.tag not in OURS]
        goes_on = side.continuations.get(call_id)
        if goes_on is not None and written(rest) != written(verbs_of(goes_on)):
            wrong.append(f"{call_id[:10]} does not go on as its application wants: {written(rest)}")
        if not rest or rest[-1].tag not in KEEPING.keys() | {HANGUP}:
            wrong.append(f"{call_id[:10]} was given a script that runs out")
    return wrong


def written(verbs: list[Element]) -> list[bytes]:
    """Verbs as they are on the wire."""
    return [tostring(verb) for verb in verbs]
