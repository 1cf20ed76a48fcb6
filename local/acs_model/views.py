"""What the model shows: properties over REST, and to whoever steers what was really said and done."""

from typing import Any

from local.acs_model import identifiers, presence
from local.acs_model.requests import AnswerBody, CreateBody
from local.acs_model.state import Call, CallbackRecord, Connection, Incoming, World
from local.acs_model.timestamps import rfc3339
from local.conversation.spoken import spoken_in


def properties(connection: Connection) -> dict[str, Any]:
    """`CallConnectionProperties`; while it is connecting, no serverCallId is known yet [R, for create].

    Of a call that came in it is: the IncomingCall event named it.
    """
    parties = connection.parties
    shown: dict[str, Any] = {
        "callConnectionId": connection.connection_id,
        "targets": [identifiers.identifier(target) for target in parties.targets],
        "callConnectionState": connection.state,
        "callbackUri": connection.body.callback_uri,
        "source": identifiers.identifier(parties.source),
        "correlationId": connection.call.correlation_id,
    }
    shown |= _of_its_way(connection)
    if connection.state != "connecting" or parties.kind == "answer":
        shown["serverCallId"] = connection.call.server_call_id
    if connection.options is not None:
        shown["transcriptionSubscription"] = _subscription(connection)
    return shown


def _of_its_way(connection: Connection) -> dict[str, Any]:
    """What only a placed or an answered call has."""
    body, bot = connection.body, connection.parties.bot
    shown: dict[str, Any] = {}
    if isinstance(body, CreateBody):
        number = body.source_caller_id_number
        shown["sourceCallerIdNumber"] = {"value": number.value} if number else None
        shown["sourceDisplayName"] = body.source_display_name
    if isinstance(body, AnswerBody):
        user = body.answered_by.id if body.answered_by else bot if bot.startswith("8:acs:") else None
        shown["answeredBy"] = {"id": user} if user else None
        shown["answeredFor"] = {"value": bot.removeprefix("4:")} if bot.startswith("4:") else None
    return {name: value for name, value in shown.items() if value is not None}


def participants(call: Call) -> dict[str, Any]:
    """One page with everyone in the call, the bots too."""
    return {"value": [identifiers.participant(raw_id) for raw_id in presence.raw_ids(call)]}


def brief(call: Call) -> dict[str, Any]:
    """A call's identity."""
    return {
        "simId": call.sim_id,
        "serverCallId": call.server_call_id,
        "correlationId": call.correlation_id,
        "groupCallId": call.group_call_id,
        "roomId": call.room_id,
        "createdAt": rfc3339(call.created_at),
        "endedAt": _moment(call.ended_at),
    }


def full(world: World, call: Call) -> dict[str, Any]:
    """Everything about a call."""
    names = {person.raw_id: person.display_name for person in call.people}
    return brief(call) | {
        "connections": [_connection(connection) for connection in call.connections],
        "participants": [
            {"rawId": raw_id, "displayName": names.get(raw_id, "")} for raw_id in presence.raw_ids(call)
        ],
        "spoken": spoken_in(call, world.now, "callConnectionId"),
        "callbacks": [_callback(record) for record in call.callbacks],
        "incoming": None if call.incoming is None else _incoming(call.incoming),
        "published": call.published,
    }


def ringing(call: Call) -> dict[str, Any]:
    """What is needed to answer a call that comes in."""
    assert call.incoming is not None  # noqa: S101 -- narrows the type
    identity = ("simId", "serverCallId", "correlationId")
    shown = brief(call)
    return {name: shown[name] for name in identity} | {"incomingCallContext": call.incoming.context}


def _incoming(incoming: Incoming) -> dict[str, Any]:
    return {"from": incoming.caller.raw_id, "to": incoming.called, "state": incoming.state}


def _subscription(connection: Connection) -> dict[str, Any]:
    transcription, options = connection.transcription, connection.options
    interim = ["intermediate"] if options and options.enable_intermediate_results else []
    return {
        "id": transcription.subscription_id,
        "state": "active" if _transcribing(connection) else "inactive",
        "subscribedResultTypes": [*interim, "final"],
        "locale": transcription.locale,
    }


def _transcribing(connection: Connection) -> bool:
    return connection.transcription.phase in ("active", "stopping")


def _connection(connection: Connection) -> dict[str, Any]:
    return {
        "callConnectionId": connection.connection_id,
        "kind": connection.parties.kind,
        "state": connection.state,
        "transcribing": _transcribing(connection),
        "locale": connection.transcription.locale,
        "speechModelEndpointId": connection.transcription.speech_model,
        "operationContext": connection.body.operation_context,
        "joinedAt": _moment(connection.joined_at),
        "leftAt": _moment(connection.left_at),
    }


def _callback(record: CallbackRecord) -> dict[str, Any]:
    data = record.event["data"]
    return {
        "id": record.event["id"],
        "type": record.event["type"],
        "callConnectionId": data["callConnectionId"],
        "operationContext": data.get("operationContext"),
        "code": data["resultInformation"]["code"],
        "subCode": data["resultInformation"]["subCode"],
        "at": rfc3339(record.at),
        "statuses": record.statuses,
        "dropped": record.dropped,
    }


def _moment(moment: int | None) -> str | None:
    return None if moment is None else rfc3339(moment)
