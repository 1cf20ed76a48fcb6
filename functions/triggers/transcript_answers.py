"""What the API answers of a transcript in JSON: pages of it, or of what a search found in it."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from functions.lifecycle.view import SessionView
from functions.services.transcripts import Hit

SEGMENTS = {
    "items": {
        "oneOf": [
            {"$ref": "#/components/schemas/Segment"},
            {"$ref": "#/components/schemas/Gap", "required": ["gap"]},
        ]
    }
}
NEXT = Meta(description="The `cursor` for what follows, if something does.")


class TranscriptPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some of a transcript, in order."""

    session: SessionView
    segments: Annotated[list[Any], Meta(extra_json_schema=SEGMENTS)]
    next: Annotated[str, NEXT] | None = None


class SearchPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some of the segments in which all words of `q` occur, in order."""

    session: SessionView
    hits: list[Hit]
    next: Annotated[str, NEXT] | None = None
