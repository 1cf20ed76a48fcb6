"""BXML: the scripts that run a call at Bandwidth, written and checked.

Verbs and attributes: Bandwidth's BXML pages. A script that is pushed into a call ends the one that runs, and one that
runs out hangs up: so every script of ours ends with the call's continuation.
"""

import re
from collections.abc import Iterable
from typing import NoReturn
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, tostring  # see verbs_of  # nosec B405

import msgspec

from functions.errors import InputRefused

LONGEST_CONTINUATION = 8_192
LONGEST_PAUSE_SECONDS = 86_400
STAY = f'<Pause duration="{LONGEST_PAUSE_SECONDS}" />'
"""What a call goes on with that only we run: its party talks, and nothing else happens."""
ROOT = "Response"
KEEPING = frozenset({"Bridge", "Conference", "Gather", "Pause", "Record", "Redirect", "Ring", "Transfer"})
"""Verbs after which there still is a call, or another application decides."""
PASSING = frozenset(
    {
        "PauseRecording",
        "PlayAudio",
        "ResumeRecording",
        "SendDtmf",
        "SpeakSentence",
        "StartGather",
        "StartRecording",
        "StartStream",
        "StopGather",
        "StopRecording",
        "StopStream",
        "Tag",
    }
)
OURS = frozenset({"StartTranscription", "StopTranscription"})
HANGUP = "Hangup"
MARKUP = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
ABSOLUTE = re.compile(r"https?://[^/\s]+\S*", re.IGNORECASE)
REMEDY = (
    'Send what the call shall go on with, such as <Redirect redirectUrl="https://…"/> to the application that runs it: '
    "BXML from us ends what the call is doing, and BXML that runs out hangs up."
)


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What a StartTranscription asks for. `language` is none where Bandwidth's own (en-US) is meant."""

    name: str
    destination: str
    events_url: str
    username: str
    password: str
    stabilized: bool
    ticket: str
    language: str | None = None


def read_continuation(text: str, field: str) -> str:
    """The continuation, if it is BXML that keeps a call. Raises InputRefused."""
    if len(text) > LONGEST_CONTINUATION:
        refuse(f"{field} is longer than {LONGEST_CONTINUATION} characters.", field)
    try:
        verbs = verbs_of(text)
    except (ParseError, ValueError):
        refuse(f"{field} is no well-formed BXML.", field)
    mistake = mistake_in(verbs)
    if mistake is not None:
        refuse(f"{field} {mistake}.", field)
    return text.strip()


def refuse(detail: str, field: str) -> NoReturn:
    """Raise InputRefused."""
    raise InputRefused(detail, field=field, remedy=REMEDY)


def verbs_of(text: str) -> list[Element]:
    """The verbs of a script, with or without a Response around them. Raises ParseError, ValueError.

    A document type could define entities that grow without end, and no BXML has one.
    """
    if MARKUP.search(text):
        raise ValueError("BXML has no document type.")
    try:
        root = fromstring(text.strip())  # noqa: S314 -- without a document type there are no entities to expand  # nosec B314
    except ParseError:
        root = fromstring(f"<{ROOT}>{text}</{ROOT}>")  # noqa: S314 -- see above; several verbs in a row  # nosec B314
    return list(root) if root.tag == ROOT else [root]


def mistake_in(verbs: list[Element]) -> str | None:
    """Why a call cannot go on with these verbs; none if it can."""
    names = [verb.tag for verb in verbs]
    unknown = next((name for name in names if name not in KEEPING | PASSING | OURS | {HANGUP}), None)
    if unknown is not None:
        return f"has {unknown[:64]!r}, which is no verb of BXML"
    if not OURS.isdisjoint(names):
        return "starts or stops a transcription, which is done for you"
    reached = names[: names.index(HANGUP)] if HANGUP in names else names
    if KEEPING.isdisjoint(reached):
        return "has no verb that keeps the call"
    return next(filter(None, map(mistake_in_addresses, verbs)), None)


def mistake_in_addresses(verb: Element) -> str | None:
    """What is wrong with a verb's addresses; relative ones would be taken for ours."""
    if verb.tag == "Redirect" and not verb.get("redirectUrl"):
        return "has a Redirect without redirectUrl"
    for name, value in verb.attrib.items():
        if name.endswith("Url") and not ABSOLUTE.fullmatch(value):
            return f"has a {verb.tag} whose {name} is not an http or https address"
    return None


# --- scripts


def start_script(start: Start, before: Iterable[str], continuation: str) -> bytes:
    """A script that transcribes the call and lets it go on; the transcriptions `before` are stopped, should they run."""
    return script([*map(stop_verb, before), start_verb(start), *verbs_of(continuation)])


def stop_script(names: Iterable[str], continuation: str) -> bytes:
    """A script that stops transcriptions, should they run, and lets the call go on."""
    return script([*map(stop_verb, names), *verbs_of(continuation)])


def go_on_script(continuation: str) -> bytes:
    """A script that only lets the call go on."""
    return script(verbs_of(continuation))


def hang_up_script() -> bytes:
    """A script that ends the call."""
    return script([Element(HANGUP)])


def script(verbs: Iterable[Element]) -> bytes:
    """The verbs as a document."""
    root = Element(ROOT)
    root.extend(verbs)
    written: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def stop_verb(name: str) -> Element:
    """Stops the transcription of that name; none of that name is no error."""
    return Element("StopTranscription", name=name)


def start_verb(start: Start) -> Element:
    """Transcribes both parties of the call."""
    told = {
        "name": start.name,
        "tracks": "both",
        "destination": start.destination,
        "stabilized": "true" if start.stabilized else "false",
        "transcriptionEventUrl": start.events_url,
        "username": start.username,
        "password": start.password,
    }
    language = {} if start.language is None else {"preferredLanguages": start.language}
    verb = Element("StartTranscription", told | language)
    SubElement(verb, "CustomParam", name="ticket", value=start.ticket)
    return verb
