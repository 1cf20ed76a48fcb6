"""What a call costs in billable operations: whole calls that talk at the pace of life, counted at the stand-ins.

`billable_250ms`, `billable_500ms` and `billable_1000ms` are per 1,000 frames of ACS while people speak, with interims
thinned to that; `billable_session` is what one session costs besides, from its start to its end.
"""

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import aiohttp

from local.api import Api
from local.stack import Stack, running_stack
from local.viewer import Viewer
from tests.bench.figures import FULL, BenchBrokenError, Scale, progress

CALLS = 4
SPEAKS_MS, PAUSES_MS = 3_000, 1_000
"""People speak three quarters of the time: a pause follows each sentence."""
WORDS = [
    "so",
    "the",
    "second",
    "delivery",
    "reaches",
    "the",
    "harbour",
    "before",
    "noon",
    "and",
    "we",
    "unload",
    "it",
    "there",
]
SPEAKERS = [{"rawId": f"8:acs:bench-{name}", "displayName": name} for name in ("Ada", "Ben", "Cyd")]
TABLE_REQUEST = re.compile(r'"(?:GET|POST|PUT|PATCH|MERGE|DELETE) /devstoreaccount1/')
OURS = re.compile(r"\] verbatim\.")
SETTLED_SECONDS = 60.0
NAMES = (*(f"billable_{thinning}ms" for thinning in FULL.billing_thinnings), "billable_session")


@dataclass(frozen=True, slots=True)
class Counted:
    """Operations so far: `messages_up` and `messages_down` in Web PubSub's steps of 2 KB, `sends` its REST calls.

    `bytes_up` and `bytes_down` are what was in those messages. `frames` came from ACS, `executions` are invocations for
    events of its sockets, `log_bytes` our own lines.
    """

    frames: int
    executions: int
    table_transactions: int
    sends: int
    messages_up: int
    messages_down: int
    bytes_up: int
    bytes_down: int
    log_bytes: int

    def since(self, before: "Counted") -> "Counted":
        """What came between two counts."""
        return Counted(
            **{name: max(0, getattr(self, name) - getattr(before, name)) for name in self.__slots__}
        )

    def per(self, frames: int) -> "Counted":
        """The same for so many frames, rounded up."""
        return Counted(
            **{name: -(-getattr(self, name) * frames // max(1, self.frames)) for name in self.__slots__}
        )


@dataclass(frozen=True, slots=True)
class Billable:
    """A line of the table. `seconds` is how long calls talked for it, all calls together; none for a session's own."""

    name: str
    counted: Counted
    seconds: float

    @property
    def shown(self) -> Counted:
        """What of it is shown: of talk, what 1,000 frames cost."""
        return self.counted.per(1000) if self.seconds else self.counted

    def __str__(self) -> str:
        """The line."""
        numbers = " ".join(f"{name}={getattr(self.shown, name)}" for name in Counted.__slots__)
        return f"bench {self.name} {numbers} call_seconds={self.seconds:.0f}"


async def measure(scale: Scale) -> list[Billable]:
    """A stack for each thinning; the session's own cost is that of the last one."""
    found: list[Billable] = []
    for thinning in scale.billing_thinnings:
        talk, session = await count_talk(thinning, scale.billing_seconds)
        found.append(talk)
    return [*found, session]


async def count_talk(thinning_ms: int, seconds: float) -> tuple[Billable, Billable]:
    """Calls with a viewer each: what their talk costs, and what each session costs besides."""
    progress(f"billable: {CALLS} calls that talk for {seconds:.0f} s, thinned to {thinning_ms} ms")
    settings = {"INTERIM_INTERVAL_MS": str(thinning_ms)}
    async with running_stack(settings=settings) as stack, aiohttp.ClientSession() as http:
        functions = Api(http, stack.plan.functions_url)
        begun = await count_all(stack, http)
        async with watched_calls(stack, http, functions, seconds) as sessions:
            before = await count_all(stack, http)
            await asyncio.sleep(seconds)
            talked = (await count_all(stack, http)).since(before)
            await end(functions, sessions)
            whole = (await count_all(stack, http)).since(begun)
    talk = Billable(f"billable_{thinning_ms}ms", talked, seconds * CALLS)
    return talk, Billable("billable_session", besides(whole, talked), 0)


def besides(whole: Counted, talked: Counted) -> Counted:
    """What one session costs besides its frames: the whole, less what as many frames cost while they were counted."""
    rest = whole.since(talked.per(whole.frames))
    return replace(rest, frames=CALLS).per(1)


@asynccontextmanager
async def watched_calls(
    stack: Stack, http: aiohttp.ClientSession, functions: Api, seconds: float
) -> AsyncIterator[list[str]]:
    """Sessions of calls in which the talk is well under way, each with one viewer who stays to the end."""
    calls = Api(http, stack.plan.call_automation_url)
    sessions = await asyncio.gather(*(start(functions, calls, seconds) for _ in range(CALLS)))
    viewers = [Viewer(functions, session) for session in sessions]
    joined = [asyncio.Event() for _ in viewers]
    watching = [asyncio.create_task(viewer.watch(each)) for viewer, each in zip(viewers, joined, strict=True)]
    try:
        async with asyncio.timeout(SETTLED_SECONDS):
            await asyncio.gather(*(each.wait() for each in joined))
            await until_talking(stack, http)
        yield sessions
    finally:
        for task in watching:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def start(functions: Api, calls: Api, seconds: float) -> str:
    """A call that talks for long enough once it is transcribed, and its session's id."""
    group = str(uuid.uuid4())
    made = {"groupCallId": group, "speakers": SPEAKERS, "startScript": "on-transcription"}
    await calls.post("/sim/calls", made | {"script": list(talk(seconds + 2 * SETTLED_SECONDS))})
    session = await functions.post("/api/sessions", {"call": {"groupCallId": group}})
    return str(session["id"])


def talk(seconds: float) -> Iterator[dict[str, Any]]:
    """One sentence after the other, each by the next speaker."""
    for number in count():
        at = number * (SPEAKS_MS + PAUSES_MS)
        if at > seconds * 1000:
            return
        speaker = SPEAKERS[number % len(SPEAKERS)]["rawId"]
        yield {"at": at, "speaker": speaker, "text": " ".join(WORDS), "duration": SPEAKS_MS}


async def until_talking(stack: Stack, http: aiohttp.ClientSession) -> None:
    """Wait until each call has said something."""
    while (await count_all(stack, http)).frames < CALLS * 20:  # noqa: ASYNC110 - it happens in other processes
        await asyncio.sleep(0.1)


async def end(functions: Api, sessions: list[str]) -> None:
    """Stop the sessions and wait for their end. Raises BenchBrokenError."""
    for session in sessions:
        await functions.post(f"/api/sessions/{session}/stop")
    async with asyncio.timeout(SETTLED_SECONDS):
        for session in sessions:
            while (found := await functions.get(f"/api/sessions/{session}"))["state"] != "stopped":
                if found["state"] == "failed":
                    raise BenchBrokenError(f"A session failed: {json.dumps(found.get('error'))}")
                await asyncio.sleep(0.1)


async def count_all(stack: Stack, http: aiohttp.ClientSession) -> Counted:
    """What the stand-ins, Azurite's log and ours say so far."""
    async with http.get(f"{stack.plan.web_pubsub_url}/sim/counters") as answer:
        hubs = await answer.json()
    transcript, captions = hubs["transcript"], hubs["captions"]
    tables = (stack.run_dir / "azurite.log").read_text()
    lines = (stack.run_dir / "functions-1.log").read_text().splitlines()
    return Counted(
        frames=transcript["framesReceived"],
        executions=transcript["upstreamRequests"],
        table_transactions=len(TABLE_REQUEST.findall(tables)),
        sends=captions["restSends"],
        messages_up=transcript["billedMessages"],
        messages_down=captions["billedMessages"],
        bytes_up=transcript["upstreamBytes"],
        bytes_down=captions["messagesSentBytes"],
        log_bytes=sum(len(line) + 1 for line in lines if OURS.search(line)),
    )
