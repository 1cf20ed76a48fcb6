"""The relay: sends each frame on to the viewers as it came, and does nothing else."""

import logging
import os
from io import BytesIO

import azure.functions as func
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

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
    if req.headers["ce-type"] == "azure.webpubsub.user.message":
        group = f"session-{req.headers['ce-userId']}"
        frame = BytesIO(req.get_body())
        await viewers.send_to_group(group, frame, content_type="application/json", retry_total=0)
    return func.HttpResponse(status_code=204)
