"""A Function App that shows what its HTTP triggers were given."""

import asyncio
import json
import logging
from pathlib import Path

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def shown(function: str, req: func.HttpRequest) -> func.HttpResponse:
    seen = {
        "function": function,
        "method": req.method,
        "url": req.url,
        "route": dict(req.route_params),
        "query": dict(req.params),
        "headers": dict(req.headers),
        "body": req.get_body().decode("latin-1"),
    }
    return func.HttpResponse(json.dumps(seen), mimetype="application/json")


@app.route(route="things/{id}", methods=["GET", "PUT"])
async def read_thing(req: func.HttpRequest) -> func.HttpResponse:
    return shown("read_thing", req)


@app.route(route="things/{id:int}", methods=["GET"])
async def read_numbered_thing(req: func.HttpRequest) -> func.HttpResponse:
    return shown("read_numbered_thing", req)


@app.route(route="things/newest", methods=["GET"])
async def read_newest_thing(req: func.HttpRequest) -> func.HttpResponse:
    return shown("read_newest_thing", req)


@app.route(route="things", methods=["POST"])
async def create_thing(req: func.HttpRequest) -> func.HttpResponse:
    return shown("create_thing", req)


@app.route(route="files/{*path}", methods=["GET"])
async def read_file(req: func.HttpRequest) -> func.HttpResponse:
    return shown("read_file", req)


@app.route(route="reports/{year:int}/{format?}", methods=["GET"])
def read_report(req: func.HttpRequest) -> func.HttpResponse:
    return shown("read_report", req)


@app.route(route="text", methods=["GET"])
async def text(req: func.HttpRequest) -> str:
    return "grüß dich"


@app.route(route="teapot", methods=["GET", "HEAD"])
async def teapot(req: func.HttpRequest) -> func.HttpResponse:
    answer = func.HttpResponse(b"\x00\xff", status_code=418, mimetype="application/octet-stream")
    answer.headers["X-Pot"] = "tea"
    answer.headers.add("Set-Cookie", "a=1; Path=/api; Max-Age=60; HttpOnly; SameSite=Strict")
    answer.headers.add("Set-Cookie", "b=2; Secure; Expires=Wed, 21 Oct 2026 07:28:00 GMT")
    return answer


@app.route(route="nothing", methods=["GET"])
async def nothing(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=204)


@app.route(route="crash", methods=["GET"])
async def crash(req: func.HttpRequest) -> func.HttpResponse:
    raise LookupError("the milk is sour")


@app.route(route="print", methods=["GET"])
async def print_and_log(req: func.HttpRequest) -> func.HttpResponse:
    print("printed by a function")  # noqa: T201 - that is what it is about
    logging.getLogger("shop").info("logged by a function")
    logging.getLogger("azure.core.pipeline.policies.http_logging_policy").info("logged by an SDK")
    return func.HttpResponse()


@app.route(route="slow", methods=["POST"])
async def slow(req: func.HttpRequest) -> func.HttpResponse:
    """Writes `started`, waits for a file `go on` and writes `ended`; the body names the folder."""
    folder = Path(req.get_body().decode())
    (folder / "started").touch()
    while not (folder / "go on").exists():  # noqa: ASYNC110 - the test is in another process
        await asyncio.sleep(0.01)
    (folder / "ended").touch()
    return func.HttpResponse("slow but sure")


@app.route(route="locked", auth_level=func.AuthLevel.FUNCTION, methods=["GET"])
async def locked(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("open")


@app.route(route="other-locked", auth_level=func.AuthLevel.FUNCTION, methods=["GET"])
async def other_locked(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("open")


@app.route(route="vault", auth_level=func.AuthLevel.ADMIN, methods=["GET"])
async def vault(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("open")
