"""BXML: documents read into verbs, and refused as Bandwidth documents it.

Whether an attribute that is not documented makes a document invalid is not said; here it does [I], so that a misspelt
one is found on a laptop.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET  # see read  # nosec B405

from local.bandwidth_model.verbs import (
    Bridge,
    Hangup,
    Hook,
    NotRun,
    Pause,
    Redirect,
    SpeakSentence,
    StartTranscription,
    StopTranscription,
    Transfer,
    Verb,
)

LARGEST_DOCUMENT = 64 * 1024
LONGEST_PAUSE_SECONDS = 86_400
MOST_CUSTOM_PARAMS = 12
NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
TRACKS = {"inbound": ("inbound",), "outbound": ("outbound",), "both": ("inbound", "outbound")}
LOOPBACK = ("127.0.0.1", "localhost")
"""Where credentials may go without TLS: on the laptop itself, which Bandwidth could not reach anyway."""


class InvalidBxml(Exception):
    """A document is no BXML; says why in one sentence."""


def read(text: str) -> list[Verb]:
    """The verbs of a document, none for an empty one. Raises InvalidBxml."""
    if not text.strip():
        return []
    if len(text.encode()) > LARGEST_DOCUMENT:
        raise InvalidBxml("The document is larger than 64 KB.")
    try:
        root = ET.fromstring(text)  # noqa: S314 -- comes from the one who runs the stand-in  # nosec B314
    except (ET.ParseError, ValueError) as error:  # ValueError: an encoding that is not known
        raise InvalidBxml(f"The document is not well-formed: {error}.") from error
    if root.tag not in ("Response", "Bxml"):
        raise InvalidBxml(f"The root is <{root.tag}>, not <Response>.")
    return [_verb(element) for element in root]


def _verb(element: ET.Element) -> Verb:
    if element.tag in NOT_RUN:
        return NotRun(element.tag)
    if element.tag not in READERS:
        raise InvalidBxml(f"There is no verb <{element.tag}>.")
    reader, known = READERS[element.tag]
    strange = sorted(set(element.attrib) - set(known))
    if strange:
        raise InvalidBxml(f"<{element.tag}> has no attribute {strange[0]}.")
    return reader(element)


def _start(element: ET.Element) -> Verb:
    given = element.attrib
    return StartTranscription(
        name=_name(given),
        tracks=_one_of(given, "tracks", TRACKS, "inbound"),
        destination=_socket_url(given),
        stabilized=_one_of(given, "stabilized", {"true": True, "false": False}, "true"),
        hook=_event_hook(given),
        custom_params=_custom_params(element),
    )


def _stop(element: ET.Element) -> Verb:
    return StopTranscription(_name(element.attrib))


def _pause(element: ET.Element) -> Verb:
    return Pause(_number(element.attrib, "duration", 1, LONGEST_PAUSE_SECONDS))


def _speak(element: ET.Element) -> Verb:
    return SpeakSentence("".join(element.itertext()).strip())


def _redirect(element: ET.Element) -> Verb:
    hook = _hook(element.attrib, "redirect")
    if hook is None:
        raise InvalidBxml("<Redirect> needs a redirectUrl.")
    return Redirect(hook)


def _transfer(element: ET.Element) -> Verb:
    numbers = tuple((child.text or "").strip() for child in element if child.tag in ("PhoneNumber", "SipUri"))
    if not 1 <= len(numbers) <= 8 or not all(numbers):  # noqa: PLR2004 -- documented
        raise InvalidBxml("<Transfer> needs one to eight <PhoneNumber> or <SipUri>.")
    timeout = _number(element.attrib, "callTimeout", 30, 300)
    return Transfer(numbers, timeout, _hook(element.attrib, "transferComplete"))


def _bridge(element: ET.Element) -> Verb:
    given = element.attrib
    return Bridge(
        (element.text or "").strip(), _hook(given, "bridgeComplete"), _hook(given, "bridgeTargetComplete")
    )


def _hangup(_: ET.Element) -> Verb:
    return Hangup()


def _name(given: Mapping[str, str]) -> str | None:
    name = given.get("name")
    if name is not None and not NAME.fullmatch(name):
        raise InvalidBxml("A name has 1 to 255 letters, digits, underscores and dashes.")
    return name


def _one_of[Value](given: Mapping[str, str], name: str, values: dict[str, Value], default: str) -> Value:
    chosen = given.get(name, default)
    if chosen not in values:
        raise InvalidBxml(f"{name} is {chosen!r}, not one of {', '.join(values)}.")
    return values[chosen]


def _number(given: Mapping[str, str], name: str, default: float, largest: float) -> float:
    try:
        number = float(given.get(name, default))
    except ValueError:
        raise InvalidBxml(f"{name} is no number.") from None
    if not 0 <= number <= largest:
        raise InvalidBxml(f"{name} is not between 0 and {largest}.")
    return number


def _socket_url(given: Mapping[str, str]) -> str | None:
    destination = given.get("destination")
    if destination is not None and urlsplit(destination).scheme not in ("ws", "wss"):
        raise InvalidBxml("The destination is not a WebSocket address.")
    return destination


def _event_hook(given: Mapping[str, str]) -> Hook | None:
    hook = _hook(given, "transcriptionEvent")
    if hook is None or not hook.username:
        return hook
    url = urlsplit(hook.url)
    if url.scheme == "http" and url.hostname not in LOOPBACK:
        raise InvalidBxml("With a username, the transcriptionEventUrl must be https.")
    return hook


def _hook(given: Mapping[str, str], prefix: str) -> Hook | None:
    url = given.get(f"{prefix}Url")
    if not url:
        return None
    method = _one_of(given, f"{prefix}Method", {"GET": "GET", "POST": "POST"}, "POST")
    return Hook(url, method, given.get("username", ""), given.get("password", ""))


def _custom_params(element: ET.Element) -> dict[str, str]:
    if any(child.tag != "CustomParam" for child in element):
        raise InvalidBxml("<StartTranscription> holds nothing but <CustomParam>.")
    if len(element) > MOST_CUSTOM_PARAMS:
        raise InvalidBxml("There are more than 12 <CustomParam>.")
    return dict(_custom_param(child) for child in element)


def _custom_param(element: ET.Element) -> tuple[str, str]:
    name, value = element.get("name"), element.get("value")
    if name is None or value is None:
        raise InvalidBxml("A <CustomParam> needs a name and a value.")
    if len(name) > 256 or len(value) > 2048:  # noqa: PLR2004 -- documented
        raise InvalidBxml("A <CustomParam> has a name up to 256 and a value up to 2048 characters.")
    return name, value


def _hook_attributes(prefix: str) -> tuple[str, ...]:
    return tuple(f"{prefix}{part}" for part in ("Url", "Method", "FallbackUrl", "FallbackMethod"))


_COMMON = ("username", "password", "fallbackUsername", "fallbackPassword", "tag")
READERS: dict[str, tuple[Callable[[ET.Element], Verb], tuple[str, ...]]] = {
    "StartTranscription": (
        _start,
        (
            *("name", "tracks", "destination", "stabilized", "username", "password"),
            *("transcriptionEventUrl", "transcriptionEventMethod", "detectLanguage", "preferredLanguages"),
        ),
    ),
    "StopTranscription": (_stop, ("name",)),
    "Pause": (_pause, ("duration",)),
    "SpeakSentence": (_speak, ("voice", "gender", "locale")),
    "Redirect": (_redirect, (*_hook_attributes("redirect"), *_COMMON)),
    "Transfer": (
        _transfer,
        (
            *("transferCallerId", "callTimeout", "diversionTreatment", "diversionReason"),
            *_hook_attributes("transferComplete"),
            *_COMMON,
        ),
    ),
    "Bridge": (
        _bridge,
        (*_hook_attributes("bridgeComplete"), *_hook_attributes("bridgeTargetComplete"), *_COMMON),
    ),
    "Hangup": (_hangup, ()),
}
"""By a verb's name: how it is read, and which attributes it may have."""
NOT_RUN = frozenset(
    [
        "Conference",
        "Forward",
        "Gather",
        "PauseRecording",
        "PlayAudio",
        "Record",
        "ResumeRecording",
        "Ring",
        "SendDtmf",
        "StartGather",
        "StartRecording",
        "StartStream",
        "StopGather",
        "StopRecording",
        "StopStream",
        "Tag",
    ]
)
