"""Events for Event Grid: calls and their participants, as the topic of Communication Services has them [D].

Their ids come from the call and a count, not from the world's chance: a call goes the same with and without them.
"""

import uuid
from typing import Any

from local.acs_model import identifiers
from local.acs_model.effects import PublishEvent
from local.acs_model.state import Call, Incoming, World
from local.acs_model.timestamps import event_time
from local.conversation.steering import Speaker

TOPIC = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/local"
    "/providers/microsoft.communication/communicationservices/local"
)
ENDPOINT_TYPE = "acs-web-ACSWeb(1/1.0.0.0/os=linux; browser=local; deviceType=Desktop)"
TOLD_OF = "8:acs:"
"""Participant events are for identities of Communication Services only, not for phones, Teams users and bots [D]."""


def incoming_call(world: World, call: Call, incoming: Incoming) -> None:
    """Somebody rings at us."""
    data = {
        "to": identifiers.identifier(incoming.called),
        "from": identifiers.identifier(incoming.caller.raw_id),
        "serverCallId": call.server_call_id,
        "callerDisplayName": incoming.caller.display_name,
        "incomingCallContext": incoming.context,
        "correlationId": call.correlation_id,
    }
    subject = f"/caller/{incoming.caller.raw_id}/recipient/{incoming.called}"
    _publish(world, call, "IncomingCall", subject, data)


def call_started(world: World, call: Call, started_by: str) -> None:
    """The first one is in the call; later ones change nothing."""
    if call.started_by is not None:
        return
    call.started_by = started_by
    call.started_at = world.now
    subject = f"call/{call.server_call_id}/startedBy/{started_by}"
    _publish(world, call, "CallStarted", subject, _of_call(call, started_by))


def call_ended(world: World, call: Call) -> None:
    """A call is over; one in which nobody ever was has not been one."""
    if call.started_by is None:
        return
    duration = {"durationOfCall": (world.now - call.started_at) / 1000}
    subject = f"call/{call.server_call_id}"
    _publish(world, call, "CallEnded", subject, duration | _of_call(call, call.started_by))


def participant_added(world: World, call: Call, person: Speaker) -> None:
    """Somebody is in the call now."""
    call_started(world, call, person.raw_id)
    _participant(world, call, person, "CallParticipantAdded")


def participant_removed(world: World, call: Call, person: Speaker) -> None:
    """Somebody is in the call no more."""
    _participant(world, call, person, "CallParticipantRemoved")


def _participant(world: World, call: Call, person: Speaker, name: str) -> None:
    if call.started_by is None or not person.raw_id.startswith(TOLD_OF):
        return
    data = {
        "user": _person(person.raw_id),
        "displayName": person.display_name,
        "participantId": str(uuid.uuid5(uuid.UUID(call.sim_id), person.raw_id)),
        "endpointType": ENDPOINT_TYPE,
    }
    subject = f"call/{call.server_call_id}/participant/{person.raw_id}"
    _publish(world, call, name, subject, data | _of_call(call, call.started_by))


def _of_call(call: Call, started_by: str) -> dict[str, Any]:
    return {
        "startedBy": _person(started_by),
        "serverCallId": call.server_call_id,
        **({"group": {"id": call.group_call_id}} if call.group_call_id else {}),
        **({"room": {"id": call.room_id}} if call.room_id else {}),
        "isTwoParty": call.two_party,
        "correlationId": call.correlation_id,
        "isRoomsCall": call.room_id is not None,
    }


def _person(raw_id: str) -> dict[str, Any]:
    return {"communicationIdentifier": identifiers.identifier(raw_id)}


def _publish(world: World, call: Call, name: str, subject: str, data: dict[str, Any]) -> None:
    event = {
        "id": str(uuid.uuid5(uuid.UUID(call.sim_id), f"event {len(call.published)}")),
        "topic": TOPIC,
        "subject": subject,
        "data": data,
        "eventType": f"Microsoft.Communication.{name}",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": event_time(world.now),
    }
    call.published.append(event)
    world.emit(PublishEvent(event))
