"""A Function App that uses every part of the local cloud by what its settings say."""

import json
import os

import aiohttp
import azure.functions as func
from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableServiceClient
from azure.messaging.webpubsubservice import WebPubSubServiceClient

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def tables() -> TableServiceClient:
    return TableServiceClient.from_connection_string(os.environ["TABLES_CONNECTION_STRING"])


async def keep(kind: str, row: str) -> None:
    async with tables() as service:
        await service.create_table_if_not_exists("Seen")
        try:
            await service.get_table_client("Seen").create_entity({"PartitionKey": kind, "RowKey": row})
        except ResourceExistsError:
            return  # seen before


@app.route(route="rows/{kind}/{row}", methods=["PUT"])
async def put_row(req: func.HttpRequest) -> func.HttpResponse:
    await keep(req.route_params["kind"], req.route_params["row"])
    return func.HttpResponse(status_code=201)


@app.route(route="rows/{kind}", methods=["GET"])
async def get_rows(req: func.HttpRequest) -> func.HttpResponse:
    async with tables() as service:
        await service.create_table_if_not_exists("Seen")
        found = service.get_table_client("Seen").query_entities(
            f"PartitionKey eq '{req.route_params['kind']}'"
        )
        return func.HttpResponse(json.dumps([row["RowKey"] async for row in found]))


@app.route(route="socket", methods=["GET"])
async def socket_address(req: func.HttpRequest) -> func.HttpResponse:
    connection_string = os.environ["WEB_PUBSUB_CONNECTION_STRING"]
    with WebPubSubServiceClient.from_connection_string(connection_string, hub="transcript") as service:
        return func.HttpResponse(service.get_client_access_token(user_id="someone")["url"])


@app.route(route="signing-keys", methods=["GET"])
async def signing_keys(req: func.HttpRequest) -> func.HttpResponse:
    async with aiohttp.ClientSession() as client, client.get(os.environ["ACS_CALLBACK_KEYS_URL"]) as response:
        return func.HttpResponse(await response.read(), status_code=response.status)


@app.route(route="settings/{name}", methods=["GET"])
async def setting(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(os.environ[req.route_params["name"]])


@app.route(route="callbacks/web-pubsub", methods=["OPTIONS", "POST"], auth_level=func.AuthLevel.FUNCTION)
async def web_pubsub_events(req: func.HttpRequest) -> func.HttpResponse:
    if req.method == "OPTIONS":
        return func.HttpResponse(headers={"WebHook-Allowed-Origin": "*"})
    await keep("events", req.headers["ce-eventname"])
    return func.HttpResponse(status_code=204)
