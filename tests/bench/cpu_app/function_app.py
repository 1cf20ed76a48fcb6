"""Our frame path with storage and sends that do nothing, and beside it the same steps written down bare."""

import base64
import hmac
import os
import time
from typing import Any, cast

import azure.functions as func
import msgspec

from functions.settings import read_settings
from functions.transcript.segments import Segment
from functions.transcript.streams import Anchor
from functions.triggers.endpoints import ALL, add_endpoints
from functions.wiring import Wiring
from tests.bench.plain_frames import DECODER, caption


class NoTable:
    """Takes finals and anchors, keeps none."""

    async def insert_segment(self, _session_id: str, _segment: Segment) -> bool:
        """As if stored."""
        return True

    async def insert_anchor(self, _session_id: str, anchor: Anchor) -> Anchor:
        """As if stored."""
        return anchor


class NobodyWatches:
    """Takes captions, sends none."""

    async def send(self, _session_id: str, _message: bytes) -> None:
        """As if sent."""


class State(msgspec.Struct, array_like=True):
    """What the bare function carries from frame to frame."""

    subscription: str
    locale: str
    anchor: int
    seq: int


async def nothing(*_any: object) -> Any:
    """As if stored, sent or told."""


services = Wiring(read_settings(os.environ))
unplugged = {
    "segments": cast("Any", NoTable()),
    "viewers": dict.fromkeys(services.viewers, cast("Any", NobodyWatches())),
    "tell": nothing,
}
services.stream = services.stream._replace(**unplugged)
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # the library leaves it untyped
add_endpoints(blueprint, services, tuple(one for one in ALL if one.name == "web_pubsub_events"))
app = func.FunctionApp()
app.register_functions(blueprint)

ACCESS_KEY = services.settings.web_pubsubs[0].key.encode()
STATE = msgspec.json.Decoder(State)
ENCODER = msgspec.json.Encoder()
FIRST_STATE = base64.b64encode(ENCODER.encode(State("sub", "en-US", 0, 0))).decode()


@app.route("api/bare", methods=["POST"])
async def bare(req: func.HttpRequest) -> func.HttpResponse:
    """Signature, state, frame, caption, state."""
    connection = req.headers["ce-connectionId"]
    signature = "sha256=" + hmac.digest(ACCESS_KEY, connection.encode(), "sha256").hex()
    if not hmac.compare_digest(req.headers["ce-signature"], signature):
        return func.HttpResponse(status_code=401)
    state = STATE.decode(base64.b64decode(req.headers.get("ce-connectionState", FIRST_STATE)))
    data = DECODER.decode(req.get_body()).transcription_data
    if data is not None:
        final = data.result_status == "Final"
        state.seq += final
        key = f"{state.anchor + data.offset:020d}-{connection}"
        if final:
            await nothing(key, data)
        await nothing(ENCODER.encode(caption(key, connection, data, time.time_ns() // 1_000_000)))
    header = base64.b64encode(ENCODER.encode(state)).decode()
    return func.HttpResponse(status_code=204, headers={"ce-connectionState": header})


@app.route("api/empty", methods=["POST"])
async def empty(req: func.HttpRequest) -> func.HttpResponse:
    """What the runtime itself costs."""
    return func.HttpResponse(status_code=204)
