"""BXML: the scripts that run a call at Bandwidth, written and checked.

Verbs and attributes: Bandwidth's BXML pages. A script that is pushed into a call ends the one that runs, and one that
runs out hangs up: so every script of ours ends with the call's continuation.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import NoReturn
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, tostring  # see verbs_of  # nosec B405

import msgspec

from functions.errors import InputRefused

LONGEST_CONTINUATION = 8_192
LONGEST_PAUSE_SECONDS = 86_400
STAY = f'<Pause duration="{LONGEST_PAUSE_SECONDS}" />'
"""What a call goes on with that only we run: its party talks, and nothing else happens."""
ROOT = "Response"
KEEPING = {
    "Bridge": "",
    "Conference": "",
    "Gather": "gatherUrl",
    "Pause": "duration",
    "Record": "recordCompleteUrl",
    "Redirect": "redirectUrl",
    "Ring": "duration",
    "Transfer": "",
}
"""Verbs after which there still is a call, or another application decides, each with the attribute that it needs for
that: without it a Gather or Record asks nobody, and a Pause or Ring is over in seconds."""
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
SHORTEST_PAUSE_SECONDS = 0.1
DEEPEST = 20
"""Levels of elements, those within a sentence to be spoken included; a call's script needs no more."""
MARKUP = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
DECIMAL = re.compile(r"[0-9]{1,5}(\.[0-9]{1,9})?")
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
        root = root_of(text)
    except (ParseError, ValueError):
        refuse(f"{field} is no well-formed BXML.", field)
    mistake = next(mistakes_in(root), None)
    if mistake is not None:
        refuse(f"{field} {mistake}.", field)
    return text.strip()


def refuse(detail: str, field: str) -> NoReturn:
    """Raise InputRefused."""
    raise InputRefused(detail, field=field, remedy=REMEDY)


def root_of(text: str) -> Element:
    """A script's Response, which may be left out. Raises ParseError, ValueError.

    A document type could define entities that grow without end, and no BXML has one.
    """
    if MARKUP.search(text):
        raise ValueError("BXML has no document type.")
    try:
        root = fromstring(text.strip())  # noqa: S314 -- no document type: no entities to expand  # nosec B314
    except ParseError:
        return fromstring(f"<{ROOT}>{text}</{ROOT}>")  # noqa: S314 -- see above; several verbs in a row  # nosec B314
    if root.tag == ROOT:
        return root
    around = Element(ROOT)
    around.append(root)
    return around


def verbs_of(text: str) -> list[Element]:
    """The verbs of a script. Raises ParseError, ValueError."""
    return list(root_of(text))


def mistakes_in(root: Element) -> Iterator[str]:
    """Why a call cannot go on with this script."""
    if is_deeper(root, DEEPEST):
        yield "nests elements deeper than BXML does"
    verbs = list(root)
    unknown = (verb.tag for verb in verbs if verb.tag not in KEEPING.keys() | PASSING | OURS | {HANGUP})
    for name in unknown:
        yield f"has {name[:64]!r}, which is no verb of BXML"
    if any(text and text.strip() for text in (root.text, *(verb.tail for verb in verbs))):
        yield "has text between its verbs"
    for element in root.iter():
        yield from mistakes_in_element(element)
    if not any(keeps_call(verb) for verb in takewhile(lambda verb: verb.tag != HANGUP, verbs)):
        yield f"has no verb that keeps the call{what_is_needed(verbs)}"


def is_deeper(element: Element, levels: int) -> bool:
    """Whether elements are nested in more levels than that."""
    return levels == 0 or any(is_deeper(inner, levels - 1) for inner in element)


def keeps_call(verb: Element) -> bool:
    """Whether there still is a call after the verb, or another application decides."""
    needed = KEEPING.get(verb.tag)
    return needed is not None and (needed == "" or bool(verb.get(needed)))


def what_is_needed(verbs: Iterable[Element]) -> str:
    """What would make one of the verbs keep the call, if that is all that is missing."""
    lacking = next((verb for verb in verbs if KEEPING.get(verb.tag) and not keeps_call(verb)), None)
    return "" if lacking is None else f": a {lacking.tag} does only with its {KEEPING[lacking.tag]}"


def mistakes_in_element(element: Element) -> Iterator[str]:
    """What is wrong with a verb or with what is nested in one; relative addresses would be taken for ours."""
    if element.tag in OURS:
        yield "starts or stops a transcription, which is done for you"
    if element.tag == "Redirect" and not element.get("redirectUrl"):
        yield "has a Redirect without redirectUrl"
    for name, value in element.attrib.items():
        if name.endswith("Url") and not ABSOLUTE.fullmatch(value):
            yield f"has a {element.tag} whose {name} is not an http or https address"
    if element.tag == "PlayAudio" and not ABSOLUTE.fullmatch((element.text or "").strip()):
        yield "has a PlayAudio whose text is not an http or https address"
    if element.tag in ("Pause", "Ring") and not is_duration(element.get("duration", "1")):
        bounds = f"{SHORTEST_PAUSE_SECONDS} to {LONGEST_PAUSE_SECONDS} seconds"
        yield f"has a {element.tag} whose duration is not from {bounds}"


def is_duration(text: str) -> bool:
    """Whether the text is a number of seconds that a call can pause for."""
    number = DECIMAL.fullmatch(text)
    return number is not None and SHORTEST_PAUSE_SECONDS <= float(text) <= LONGEST_PAUSE_SECONDS


# --- scripts


def start_script(start: Start, before: Iterable[str], continuation: str) -> bytes:
    """A script that transcribes the call and lets it go on; transcriptions `before` are stopped, should they run."""
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
