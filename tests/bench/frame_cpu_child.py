"""`python -m tests.bench.frame_cpu_child ROUNDS UTTERANCES`: CPU time per frame, each function in the same host.

Prints `{function: [microseconds per frame, a round each]}`. The requests are the socket's, as Web PubSub would
send them: each bears the connection state that the answer before it set.
"""

import asyncio
import json
import os
import sys
import time
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

from functions.adapters.web_pubsub import sign
from functions.lifecycle.identity import ulid
from functions.settings import read_settings
from local.functions_host.app import Function, index_app, invoke
from local.functions_host.messages import TypedData
from tests.bench.figures import BenchBrokenError
from tests.bench.spoken_frames import metadata, utterances

CONNECTION = "Q2Vl5hXn0E2tqk7N4m3yUQ"
INTERIMS_A_FINAL = 3
FRAMES_A_TURN = 10
ANSWERED = 204
ACCESS_KEY = read_settings(os.environ).web_pubsubs[0].key


def event(session: str, body: str, state: str | None) -> TypedData:
    """A user event as the host hands it to the function."""
    headers = {
        "content-type": "text/plain; charset=utf-8",
        "webhook-request-origin": "127.0.0.1",
        "ce-specversion": "1.0",
        "ce-type": "azure.webpubsub.user.message",
        "ce-signature": sign(ACCESS_KEY, CONNECTION),
        "ce-hub": "transcript",
        "ce-connectionid": CONNECTION,
        "ce-userid": session,
    }
    if state is not None:
        headers["ce-connectionstate"] = state
    request = {"method": "POST", "url": "http://127.0.0.1/api/callbacks/web-pubsub", "headers": headers}
    return TypedData(
        http=SimpleNamespace(**request, params={}, query={}, body=TypedData(bytes=body.encode()))
    )


async def record(function: Function, frames: list[str], session: str) -> list[TypedData]:
    """The requests of one socket: the function answers each once, so that the next has its state."""
    state, requests = None, []
    for frame in frames:
        requests.append(event(session, frame, state))
        answer = await invoke(function, requests[-1])
        if int(answer.http.status_code) != ANSWERED:
            raise BenchBrokenError(f"{function.name} answered {answer.http.status_code}: {answer.http.body}")
        headers = {name.lower(): value for name, value in answer.http.headers.items()}
        state = headers.get("ce-connectionstate", state)
    return requests


async def microseconds(function: Function, requests: list[TypedData]) -> float:
    """CPU time per request. Nothing is waited for, so the loop gets its turns here: it clears cancelled timers."""
    started = time.process_time()
    for number, request in enumerate(requests):
        await invoke(function, request)
        if number % FRAMES_A_TURN == 0:
            await asyncio.sleep(0)
    return (time.process_time() - started) / len(requests) * 1e6


async def measure(rounds: int, spoken: int) -> dict[str, list[float]]:
    """The rounds of each function, in turns."""
    functions = await index_app(Path(__file__).parent / "cpu_app")
    session = ulid(time.time_ns() // 1_000_000, bytes(10))
    said = [each.frame for utterance in islice(utterances(INTERIMS_A_FINAL), spoken) for each in utterance]
    recorded = [(each, await record(each, [metadata(session), *said], session)) for each in functions]
    found: dict[str, list[float]] = {each.name: [] for each in functions}
    for _ in range(rounds):
        for function, requests in recorded:
            found[function.name].append(await microseconds(function, requests))
    return found


print(json.dumps(asyncio.run(measure(int(sys.argv[1]), int(sys.argv[2])))))  # noqa: T201 - its one line
