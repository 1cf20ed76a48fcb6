"""The contract of the doors for services: `triggers/call_events.py`, `event_grid.py` and `transcript_stream.py`."""

from types import GenericAlias
from typing import Any

import msgspec

from functions.lifecycle.bandwidth_webhooks import Webhook
from functions.triggers import call_events, event_grid_schemas
from functions.triggers.openapi import examples
from functions.triggers.openapi.operation import Answer, Doors, Operation

PASSWORD: Doors = ({"bandwidthPassword": []},)
PASSWORD_AND_TICKET: Doors = ({"bandwidthPassword": [], "ticket": []},)
ACS_TOKEN: Doors = ({"acsToken": [], "ticket": []},)
KEY_AND_SIGNATURE: Doors = (
    {"functionKeyInQuery": [], "webPubSubSignature": []},
    {"functionKey": [], "webPubSubSignature": []},
)
SOCKET = ("ce-type", "ce-hub", "ce-connectionId", "ce-userId", "ce-id", "ce-connectionState")


def event_form(name: str, form: type[msgspec.Struct]) -> Any:
    """A type of events under another name; its `data`, which is read by another type, can be anything here."""
    fields = [one for one in msgspec.structs.fields(form) if one.name != "data"]
    required = [(one.name, one.type) for one in fields if one.required]
    optional = [(one.name, one.type, one.default) for one in fields if not one.required]
    spelled = {one.name: one.encode_name for one in fields}
    doc = {"__doc__": form.__doc__}
    return msgspec.defstruct(name, [*required, *optional, ("data", Any, None)], rename=spelled, namespace=doc)


def array_of(form: Any) -> Any:
    """The type of arrays of a type."""
    return GenericAlias(list, (form,))


CLOUD_EVENT = event_form("CloudEvent", event_grid_schemas.CloudEvent)
CLOUD_EVENTS = array_of(CLOUD_EVENT)
EVENT_GRID_EVENTS = array_of(event_form("EventGridEvent", event_grid_schemas.EventGridEvent))
CALL_AUTOMATION_EVENTS = array_of(event_form("CallAutomationEvent", call_events.CloudEvent))


BXML = Answer("What the call does next.", texts={"application/xml": "<Response><Hangup /></Response>"})


class Validated(msgspec.Struct, frozen=True, rename="camel"):
    """The code of Event Grid's handshake, sent back."""

    validation_response: str


OPERATIONS = {
    "POST /api/callbacks/calls/{id}": Operation(
        tag="services",
        summary="Callbacks of Call Automation",
        description="The address that a session gives to ACS. An event of an unknown type is only noted.",
        forms=(CALL_AUTOMATION_EVENTS,),
        bodies={"transcriptionStarted": examples.CALLBACKS},
        answers={200: Answer("Taken in.")},
        problems=(400, 401, 503),
        doors=ACS_TOKEN,
    ),
    "POST /api/callbacks/bandwidth/{id}": Operation(
        tag="services",
        summary="Webhooks of a call at Bandwidth",
        description=(
            "The address that a session gives to Bandwidth. `answer` is answered with what the call does next, any "
            "other with 204. One without credentials is asked for them."
        ),
        forms=(Webhook,),
        bodies={"realTimeTranscriptionStarted": examples.BANDWIDTH_STARTED},
        answers={200: BXML, 204: Answer("Taken in.")},
        problems=(400, 401, 503),
        doors=PASSWORD_AND_TICKET,
    ),
    "POST /api/callbacks/bandwidth": Operation(
        tag="services",
        summary="A call at Bandwidth that rings",
        description=(
            "The voice application's address for calls that come in. `initiate` is answered as the answer rules say; a "
            "call that none wants is hung up."
        ),
        forms=(Webhook,),
        bodies={"initiate": examples.BANDWIDTH_INITIATE},
        answers={200: BXML, 204: Answer("Left alone: nothing is to be answered.")},
        problems=(400, 401, 503),
        doors=PASSWORD,
    ),
    "POST /api/callbacks/event-grid": Operation(
        tag="services",
        summary="Deliveries of Event Grid",
        description=(
            "One event or an array of them, of either schema. With the header `aeg-event-type: "
            "SubscriptionValidation` it is the handshake of EventGridSchema. An odd event among others is left out."
        ),
        headers=("aeg-event-type",),
        forms=(CLOUD_EVENT, CLOUD_EVENTS, EVENT_GRID_EVENTS),
        bodies={"incomingCall": examples.INCOMING_CALL, "validation": examples.VALIDATION},
        answers={
            200: Answer(
                "Taken in, without content; of the handshake the code, sent back.",
                (Validated,),
                {"validation": {"validationResponse": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6"}},
                {"text/plain": ""},
            )
        },
        problems=(400, 503),
    ),
    "OPTIONS /api/callbacks/event-grid": Operation(
        tag="services",
        summary="Handshake of CloudEvents with Event Grid",
        headers=("WebHook-Request-Origin",),
        answers={
            200: Answer("Event Grid may send.", headers=("WebHook-Allowed-Origin", "WebHook-Allowed-Rate"))
        },
        problems=(400,),
    ),
    "POST /api/callbacks/web-pubsub": Operation(
        tag="services",
        summary="Events of the transcript socket, from Web PubSub",
        description=(
            "CloudEvents in binary mode, one request each: `connect`, `connected`, `disconnected`, and a frame of "
            "the transcript as `message`. 204 for a frame says that it is stored."
        ),
        headers=SOCKET,
        forms=(Any,),
        bodies={"connect": {"headers": {"x-ms-call-connection-id": [examples.CONNECTION]}}},
        answers={204: Answer("Taken in.", headers=("ce-connectionState",))},
        problems=(400, 401, 503),
        doors=KEY_AND_SIGNATURE,
    ),
    "OPTIONS /api/callbacks/web-pubsub": Operation(
        tag="services",
        summary="Handshake with Web PubSub",
        answers={200: Answer("Web PubSub may send.", headers=("WebHook-Allowed-Origin",))},
    ),
}
