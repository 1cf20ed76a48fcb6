"""Which format a reader is given: the one that is named, else the one that `Accept` (RFC 9110) likes best."""

import re
from enum import StrEnum

from functions.errors import NotAcceptable


class Format(StrEnum):
    """The formats; where a reader likes several alike, the first of them is taken."""

    JSON = "json"
    VTT = "vtt"
    SRT = "srt"
    TXT = "txt"
    MD = "md"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.VTT: "text/vtt",
    Format.SRT: "application/x-subrip",
    Format.TXT: "text/plain",
    Format.MD: "text/markdown",
}
FORMATS = ", ".join(Format)
IS_QUALITY = re.compile(r"\s*q\s*=", re.IGNORECASE)
QUALITY = re.compile(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE | re.ASCII)


def choose_format(named: str | None, accept: str | None) -> Format:
    """The format that is named, or accepted; JSON where nothing is asked for. Raises NotAcceptable."""
    if named is not None:
        return named_format(named)
    if accept is None or not accept.strip():
        return Format.JSON
    return accepted_format(accept)


def named_format(name: str) -> Format:
    """The format of that name. Raises NotAcceptable."""
    try:
        return Format(name)
    except ValueError:
        raise NotAcceptable(
            f"{name[:64]!r} is no format of a transcript.",
            field="format",
            remedy=f"Send one of {FORMATS}; or leave format out, for json.",
        ) from None


def accepted_format(accept: str) -> Format:
    """The format that `Accept` gives the highest quality. Raises NotAcceptable."""
    ranges = read_ranges(accept)
    best = max(Format, key=lambda one: quality(ranges, MEDIA_TYPES[one]))
    if quality(ranges, MEDIA_TYPES[best]) > 0:
        return best
    raise NotAcceptable(
        "A transcript is not to be had in any type that Accept names.",
        field="Accept",
        remedy=f"Accept one of {', '.join(MEDIA_TYPES.values())}; or send format, one of {FORMATS}.",
    )


def read_ranges(accept: str) -> dict[str, float]:
    """The media ranges with their quality. Parameters other than q say nothing of our types."""
    ranges = {}
    for part in accept.split(","):
        name, *parameters = part.split(";")
        ranges[name.strip().lower()] = read_quality(parameters)
    return ranges


def read_quality(parameters: list[str]) -> float:
    """The quality among a range's parameters: 1 if there is none, 0 if it is not one."""
    for parameter in parameters:
        if IS_QUALITY.match(parameter):
            found = QUALITY.fullmatch(parameter)
            return float(found[1]) if found else 0.0
    return 1.0


def quality(ranges: dict[str, float], media_type: str) -> float:
    """The quality of a type: that of the range which names it most exactly."""
    family = media_type.partition("/")[0]
    named = (ranges.get(name) for name in (media_type, f"{family}/*", "*/*"))
    return next((found for found in named if found is not None), 0.0)
