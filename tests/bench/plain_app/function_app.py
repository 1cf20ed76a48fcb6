"""The plain handler: what a frame costs at the least if it is to be kept and shown.

It checks the signature, decodes the frame, inserts the row, sends the caption. It knows no stream, drops no
interim, keeps no state: the limit that the frame path is held against.
"""

import hmac
import logging
import os
import time
from io import BytesIO

import azure.functions as func
import msgspec
from azure.data.tables.aio import TableClient
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

from tests.bench.plain_frames import DECODER, caption, row

ENCODER = msgspec.json.Encoder()
ACCESS_KEY = os.environ["WEB_PUBSUB_CONNECTION_STRING"].split("AccessKey=")[1].split(";")[0].encode()
table = TableClient.from_connection_string(os.environ["TABLES_CONNECTION_STRING"], "VerbatimSegments")
viewers = WebPubSubServiceClient.from_connection_string(
    os.environ["WEB_PUBSUB_CONNECTION_STRING"], hub="captions"
)
app = func.FunctionApp()
# As ours does: else the SDKs log each request and its answer, which would make this limit no limit.
logging.getLogger("azure.core.pipeline.policies.http_logging_policy").setLevel(logging.WARNING)


@app.route("api/callbacks/web-pubsub", methods=["POST", "OPTIONS"])
async def web_pubsub_events(req: func.HttpRequest) -> func.HttpResponse:
    """One event of the transcript hub."""
    if req.method == "OPTIONS":
        return func.HttpResponse(headers={"WebHook-Allowed-Origin": "*"})
    connection = req.headers["ce-connectionId"]
    signature = "sha256=" + hmac.digest(ACCESS_KEY, connection.encode(), "sha256").hex()
    if not hmac.compare_digest(req.headers["ce-signature"], signature):
        return func.HttpResponse(status_code=401)
    if req.headers["ce-type"] != "azure.webpubsub.user.message":
        return func.HttpResponse(status_code=204)
    data = DECODER.decode(req.get_body()).transcription_data
    if data is None:
        return func.HttpResponse(status_code=204)
    session, now = req.headers["ce-userId"], time.time_ns() // 1_000_000
    key = f"{data.offset // 10_000:010d}-{connection}-{req.headers['ce-id']}"
    if data.result_status == "Final":
        await table.create_entity(
            row(session, key, connection, data, now), retry_total=0, response_preference="return-no-content"
        )
    message = BytesIO(ENCODER.encode(caption(key, connection, data, now)))
    await viewers.send_to_group(f"session-{session}", message, content_type="application/json", retry_total=0)
    return func.HttpResponse(status_code=204)
