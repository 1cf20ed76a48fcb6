"""A transcription that goes on in another locale, or with another speech model."""

from functools import partial

import msgspec

from local.acs_model import frames
from local.acs_model.callbacks import send_transcription
from local.acs_model.requests import TranscriptionBody
from local.acs_model.result_codes import LOCALE_MISSING, UPDATE_AFTER_CONNECT, UPDATED, not_active
from local.acs_model.state import Connection, World
from local.acs_model.transcription import fail_later
from local.acs_model.transcription_checks import why_not
from local.conversation import sockets

UPDATED_AFTER = (200, 500)
"""Time in ms from an update's 202 to TranscriptionUpdated [I]."""


def update(world: World, connection: Connection, body: TranscriptionBody) -> None:
    """Accept an update; it is carried out or fails later.

    Raises Refusal (412/8583) while nothing is active on a placed or answered call [I].
    """
    if connection.parties.kind == "connect":
        fail_later(world, connection, UPDATE_AFTER_CONNECT, body)  # accepted all the same [D]
        return
    failure = why_not(connection, body) or (None if body.locale else LOCALE_MISSING)
    if failure is not None:
        fail_later(world, connection, failure, body)
        return
    if connection.transcription.phase != "active":
        raise not_active()
    call = connection.call
    delay = call.takes(world.random.uniform(*UPDATED_AFTER), call.manners.timings.updated)
    subscription = connection.transcription.subscription_id
    world.later(delay, partial(_updated, world, connection, subscription, body))


def _updated(world: World, connection: Connection, subscription: str, body: TranscriptionBody) -> None:
    transcription = connection.transcription
    if transcription.phase != "active" or transcription.subscription_id != subscription:
        return
    # The event bears the context of the operation before [D].
    before = msgspec.structs.replace(
        transcription.operation, operation_callback_uri=body.operation_callback_uri
    )
    transcription.locale = body.locale or transcription.locale
    transcription.speech_model = body.speech_model_endpoint_id or transcription.speech_model
    transcription.operation = body
    send_transcription(world, connection, UPDATED, before)
    sockets.send(world, transcription.socket, frames.metadata(connection))
