"""The events of calls on their way to Event Grid."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from local.call_automation.server import Settings, serving
from local.child_process import ChildProcess, python_command
from local.ports import free_ports
from tests.local_cloud.call_automation_process import (
    ACCESS_KEY,
    ADA,
    BEN,
    RESOURCE_ID,
    Acs,
    acs_at,
    running_acs,
    running_application,
)
from tests.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
WHOLE_CALL = [
    "CallStarted",
    "CallParticipantAdded",
    "CallParticipantAdded",
    "CallParticipantRemoved",
    "CallParticipantRemoved",
    "CallEnded",
]


@pytest.fixture
async def acs() -> AsyncIterator[Acs]:
    async with running_acs() as running:
        yield running


async def whole_call(acs: Acs) -> str:
    sim_id = str((await acs.make_call())["simId"])
    await acs.sim("POST", f"calls/{sim_id}/join", {"rawId": BEN, "displayName": "Ben"})
    await acs.sim("POST", f"calls/{sim_id}/hangup")
    return sim_id


async def test_a_call_is_told_from_its_start_to_its_end(acs: Acs) -> None:
    sim_id = await whole_call(acs)
    await until(lambda: acs.application.told() == WHOLE_CALL)
    assert acs.application.published == (await acs.truth(sim_id))["published"]
    added = [event["data"] for event in acs.application.published[1:3]]
    assert [data["displayName"] for data in added] == ["Ada", "Ben"]
    assert added[0]["user"]["communicationIdentifier"]["rawId"] == ADA


async def test_events_are_tried_again_and_keep_their_order(acs: Acs) -> None:
    acs.application.event_grid_statuses[:] = [503, 429, 200, 404]
    sim_id = await whole_call(acs)
    await until(lambda: acs.application.told() == WHOLE_CALL)
    assert acs.application.published == (await acs.truth(sim_id))["published"]


async def test_an_event_that_is_never_taken_holds_the_others_up_no_longer(acs: Acs) -> None:
    acs.application.event_grid_statuses[:] = [503] * 5
    await whole_call(acs)
    await until(lambda: acs.application.told() == WHOLE_CALL[1:])


async def test_without_event_grid_a_call_goes_on_and_its_events_can_be_looked_at() -> None:
    async with (
        running_application() as application,
        serving(Settings(ACCESS_KEY, RESOURCE_ID, seed=1), 0) as url,
        acs_at(url, application) as acs,
    ):
        published = (await acs.truth(await whole_call(acs)))["published"]
        assert len(published) == len(WHOLE_CALL)
        assert application.published == []


async def test_the_process_posts_events_where_it_is_told_to(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    async with running_application() as application:
        arguments = ("--port", str(port), "--access-key", ACCESS_KEY, "--resource-id", RESOURCE_ID)
        command = python_command(
            "call-automation",
            "local.call_automation",
            *arguments,
            "--event-grid",
            application.event_grid_url,
        )
        process = ChildProcess(command, tmp_path / "log")
        await process.start()
        async with acs_at(f"http://127.0.0.1:{port}", application) as acs:
            await whole_call(acs)
            await until(lambda: application.told() == WHOLE_CALL)
        await process.stop()
    assert process.log.read_text() == f"ready http://127.0.0.1:{port}\n"
