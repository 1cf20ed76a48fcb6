"""JSON schemas of the types that requests are read by and answers are made of."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from functions.lifecycle.view import SessionMessage
from functions.transcript.captions import Caption
from functions.transcript.reading import Gap, Line
from functions.triggers.answers import Problem

NAMES = {
    "CallBody": "CallToTranscribe",
    "CallView": "Call",
    "ChangeBody": "Change",
    "EntryView": "JournalEntry",
    "Line": "Segment",
    "SessionView": "Session",
    "SpokenWord": "Word",
    "StartBody": "Start",
}
"""Types whose names in the contract are others than in the code."""
ALWAYS_THERE = (Problem, Line, Gap, Caption, SessionMessage)
"""What no operation answers by itself: parts of answers, and what viewers receive."""
TEMPLATE = "#/components/schemas/{name}"
REFERENCE = re.compile(r"(?<=#/components/schemas/)[\w.]+")
NULL = {"type": "null"}


class Schemas(msgspec.Struct, frozen=True):
    """The schemas of some types, by the types' ids, and the components that they refer to."""

    by_form: dict[int, Any]
    components: dict[str, Any]

    def of(self, form: Any) -> Any:
        """The schema of a type."""
        return self.by_form[id(form)]


def schemas_of(requests: Sequence[Any], answers: Sequence[Any]) -> Schemas:
    """The schemas of what requests are read by and of what answers are made of."""
    told = [*answers, *ALWAYS_THERE]
    forms = [*requests, *told]
    schemas, components = msgspec.json.schema_components(forms, ref_template=TEMPLATE)
    _, of_answers = msgspec.json.schema_components(told, ref_template=TEMPLATE)
    components |= {name: without_nulls(components[name]) for name in of_answers}
    return renamed(Schemas(dict(zip(map(id, forms), schemas, strict=True)), components))


def without_nulls(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of an answer, which leaves out what is not known: nothing in it is null or has a default."""
    properties = schema.get("properties", {})
    return schema | (
        {"properties": {name: given(one) for name, one in properties.items()}} if properties else {}
    )


def given(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a property that is there."""
    kept = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    options = [one for one in schema.get("anyOf", ()) if one != NULL]
    if len(options) == 1:
        return {**options[0], **kept}
    return kept | ({"anyOf": options} if options else {})


def renamed(schemas: Schemas) -> Schemas:
    """The same schemas under the contract's names."""
    text = msgspec.json.encode(schemas).decode().replace(r"$(?!\\n)", "$")  # what only Python's `$` needs
    plain = msgspec.json.decode(REFERENCE.sub(lambda found: name_of(found[0]), text), type=Schemas)
    components = {
        name_of(name): schema | ({"title": name_of(name)} if "title" in schema else {})
        for name, schema in plain.components.items()
    }
    return Schemas(plain.by_form, dict(sorted(components.items())))


def name_of(name: str) -> str:
    """The contract's name of a type."""
    return NAMES.get(name, name)
