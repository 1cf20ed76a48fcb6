"""The app keeps to the contract that it gives, whatever is sent to it. Schemathesis reads the one and tries the other."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.end_to_end.calls import hang_up_everywhere, line, make_call
from tests.end_to_end.cloud import Cloud, running_cloud
from tests.end_to_end.fuzzing import Fuzzing, fuzz
from tests.end_to_end.sessions import Session, start, stores

pytestmark = pytest.mark.timeout(900)
SCRIPT = [line(number * 900, f"This is sentence {number}.", duration=800) for number in range(3)]
CALLBACKS = "/api/callbacks/"
VIEWERS = "/api/captions/"
TRANSCRIPTS = "/transcript$"
OF_NO_USE = (400, 404, 503)
"""Parameters of a transcript that do not go together are refused, and cursors that were never given."""


@pytest.fixture(scope="module")
async def cloud(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    """A cloud of its own: others need not pass over the sessions that are started here."""
    async with running_cloud(tmp_path_factory.mktemp("contract"), hosts=1) as running:
        yield running
        await hang_up_everywhere(running)


def key(cloud: Cloud) -> dict[str, str]:
    return {"x-functions-key": cloud.stack.plan.host_key}


async def talked(cloud: Cloud) -> Session:
    """A session whose transcript has words."""
    session = await start(cloud, (await make_call(cloud, SCRIPT)).by_group)
    await stores(cloud, session, len(SCRIPT))
    return session


async def test_the_contract_is_open_to_all_and_sent_once(cloud: Cloud) -> None:
    url = f"{cloud.stack.plan.functions_url}/api/openapi.json"
    first = await cloud.ask("GET", url)
    assert (first.status, first.body["openapi"]) == (200, "3.1.0")
    assert first.headers["Content-Type"].startswith("application/json")
    again = await cloud.ask("GET", url, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.text, again.headers["ETag"]) == (304, "", first.headers["ETag"])
    assert (await cloud.ask("GET", url, headers={"If-None-Match": '"another"'})).status == 200
    weakened = f'"another", W/{first.headers["ETag"]}'  # as caches and proxies that compress write it
    assert (await cloud.ask("GET", url, headers={"If-None-Match": weakened})).status == 304


async def test_every_operation_for_people_keeps_the_contract(cloud: Cloud, tmp_path: Path) -> None:
    asked = Fuzzing(key(cloud), never=f"{CALLBACKS}|{VIEWERS}|{TRANSCRIPTS}")
    seen = await fuzz(cloud, tmp_path, asked)
    assert {200, 202, 400} <= seen["POST /api/sessions"]
    assert {200, 400} <= seen["GET /api/sessions"]


async def test_every_operation_on_a_session_that_is_there_keeps_the_contract(
    cloud: Cloud, tmp_path: Path
) -> None:
    session = await talked(cloud)
    base = f"/api/sessions/{session['id']}"
    asked = Fuzzing(
        key(cloud),
        only=r"/api/sessions/\{id\}",
        never=f"/(stop|start)$|{TRANSCRIPTS}",
        without=["DELETE"],
        session_id=session["id"],
    )
    seen = await fuzz(cloud, tmp_path, asked)
    reads = [f"GET {base}", f"GET {base}/events", f"POST {base}/captions"]
    assert all(200 in seen[operation] for operation in reads)
    assert 202 in seen[f"PATCH {base}"]
    assert 200 in seen[f"PUT {base}/speakers"]
    assert 200 in seen[f"PATCH {base}/speakers"]


async def test_stops_and_starts_keep_the_contract(cloud: Cloud, tmp_path: Path) -> None:
    session = await talked(cloud)
    asked = Fuzzing(key(cloud), only="/(stop|start)$", session_id=session["id"])
    seen = await fuzz(cloud, tmp_path, asked)
    assert 202 in seen[f"POST /api/sessions/{session['id']}/stop"]
    assert seen[f"POST /api/sessions/{session['id']}/start"] & {200, 202}


async def test_an_erasure_keeps_the_contract(cloud: Cloud, tmp_path: Path) -> None:
    session = await talked(cloud)
    asked = Fuzzing(
        key(cloud), only=r"/api/sessions/\{id\}$", without=["GET", "PATCH"], session_id=session["id"]
    )
    seen = await fuzz(cloud, tmp_path, asked)
    assert 202 in seen[f"DELETE /api/sessions/{session['id']}"]


async def test_reads_of_a_transcript_keep_the_contract(cloud: Cloud, tmp_path: Path) -> None:
    session = await talked(cloud)
    asked = Fuzzing(key(cloud), only=TRANSCRIPTS, never=VIEWERS, session_id=session["id"], refused=OF_NO_USE)
    seen = await fuzz(cloud, tmp_path, asked)
    assert {200, 400} <= seen[f"GET /api/sessions/{session['id']}/transcript"]


async def test_a_viewers_reads_keep_the_contract(cloud: Cloud, tmp_path: Path) -> None:
    session = await talked(cloud)
    access = (await cloud.api("POST", f"/api/sessions/{session['id']}/captions")).body
    bearer = {"Authorization": f"Bearer {access['readToken']}"}
    asked = Fuzzing(bearer, only=VIEWERS, session_id=session["id"], refused=OF_NO_USE)
    seen = await fuzz(cloud, tmp_path, asked)
    for part in ("session", "transcript"):
        assert 200 in seen[f"GET /api/captions/{session['id']}/{part}"]


async def test_the_doors_for_services_keep_the_contract(cloud: Cloud, tmp_path: Path) -> None:
    asked = Fuzzing(key(cloud), only=CALLBACKS, refused=(400, 401), examples=3)
    seen = await fuzz(cloud, tmp_path, asked)
    assert {200, 400} <= seen["POST /api/callbacks/event-grid"]
    assert seen["POST /api/callbacks/web-pubsub"] == {401}
