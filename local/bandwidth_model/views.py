"""What the model shows: calls and transcriptions over REST, and to whoever steers what was really said and done."""

from typing import Any

from local.bandwidth_model.frames import LANGUAGE
from local.bandwidth_model.moments import iso, maybe_iso
from local.bandwidth_model.requests import CreateBody
from local.bandwidth_model.state import Call, Transcription, WebhookRecord, World
from local.conversation.spoken import spoken_in


def present(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that have a value: Bandwidth leaves out the others."""
    return {name: value for name, value in fields.items() if value is not None}


def created(world: World, call: Call, body: CreateBody) -> dict[str, Any]:
    """The answer to creating a call: what was asked for, with its id and when it was queued."""
    return present(
        _identity(world, call)
        | {
            "enqueuedTime": iso(call.created_at),
            "callUrl": world.call_url(call),
            "callTimeout": body.call_timeout,
            "callbackTimeout": body.callback_timeout,
            "tag": call.tag,
            "answerMethod": body.answer_method,
            "answerUrl": body.answer_url,
            "disconnectMethod": body.disconnect_method,
            "disconnectUrl": body.disconnect_url,
        }
    )


def rest(world: World, call: Call) -> dict[str, Any]:
    """A call's state; really it lags by up to minutes, here it does not."""
    return present(
        _identity(world, call)
        | {
            "direction": call.direction,
            "state": call.state,
            "enqueuedTime": maybe_iso(call.enqueued_at),
            "startTime": maybe_iso(call.started_at),
            "answerTime": maybe_iso(call.answered_at),
            "endTime": maybe_iso(call.ended_at),
            "disconnectCause": call.cause,
            "errorMessage": call.error_message,
            "lastUpdate": iso(world.now),
        }
    )


def _identity(world: World, call: Call) -> dict[str, Any]:
    return {
        "applicationId": call.application_id,
        "accountId": world.account_id,
        "callId": call.call_id,
        "to": call.called,
        "from": call.caller,
    }


def transcription_brief(world: World, made: Transcription) -> dict[str, Any]:
    """A line of a call's list."""
    return {
        "transcriptionId": made.id,
        "transcriptionName": made.name,
        "transcriptionUrl": f"{world.call_url(made.call)}/transcriptions/{made.id}",
    }


def text_of(world: World, made: Transcription) -> dict[str, Any]:
    """A transcription's text by tracks: without times."""
    return {
        "accountId": world.account_id,
        "callId": made.call.call_id,
        "transcriptionId": made.id,
        "tracks": [_track(made, track) for track in made.verb.tracks],
    }


def _track(made: Transcription, track: str) -> dict[str, Any]:
    said = [(text, confidence) for where, text, confidence in made.finals if where == track]
    return {
        "detectedLanguage": LANGUAGE,
        "track": track,
        "transcript": " ".join(text for text, _ in said),
        "confidence": sum(confidence for _, confidence in said) / len(said) if said else 0.0,
    }


def brief(call: Call) -> dict[str, Any]:
    """A call's identity."""
    return {
        "simId": call.call_id,
        "callId": call.call_id,
        "direction": call.direction,
        "from": call.caller,
        "to": call.called,
        "state": call.state,
        "createdAt": iso(call.created_at),
        "answeredAt": maybe_iso(call.answered_at),
        "endedAt": maybe_iso(call.ended_at),
        "cause": call.cause,
        "errorMessage": call.error_message,
    }


def full(world: World, call: Call) -> dict[str, Any]:
    """Everything about a call; `running` is the verb that it waits in, or the webhook."""
    made = [*call.transcriptions, *call.rejected]
    return brief(call) | {
        "running": call.running,
        "participants": [
            {"rawId": call.own_party, "track": "inbound"},
            *({"rawId": number, "track": "outbound"} for number in (call.far_party, *call.joined)),
        ],
        "transcriptions": [_transcription(each) for each in sorted(made, key=lambda each: each.began_at)],
        "spoken": spoken_in(call, world.now, "transcriptionId"),
        "callbacks": [_webhook(record) for record in call.webhooks],
    }


def _transcription(made: Transcription) -> dict[str, Any]:
    return {
        "transcriptionId": made.id,
        "name": made.name,
        "tracks": list(made.verb.tracks),
        "stabilized": made.verb.stabilized,
        "customParams": made.verb.custom_params,
        "state": made.phase,
        "startedAt": iso(made.began_at),
        "endedAt": maybe_iso(made.ended_at),
        "cause": made.cause,
    }


def _webhook(record: WebhookRecord) -> dict[str, Any]:
    return {
        "type": record.event["eventType"],
        "cause": record.event.get("cause"),
        "at": iso(record.at),
        "statuses": record.statuses,
        "dropped": record.dropped,
    }
