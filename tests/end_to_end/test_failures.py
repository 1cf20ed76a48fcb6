"""What ACS refuses fails the session at once, with its numbers and what to do; the bot is out of the call."""

import pytest

from tests.end_to_end.calls import connections_of, inject, make_call
from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.sessions import reaches, read, start, transcribed


@pytest.mark.parametrize("status", [401, 403])
async def test_a_connect_that_acs_refuses_fails_the_session_which_can_be_read(
    cloud: Cloud, status: int
) -> None:
    call = await make_call(cloud)
    await inject(cloud, "connect", "status", status=status)
    started = await start(cloud, call.by_group, tag="refused")
    failed = await read(cloud, started)
    assert failed == started
    assert (failed["state"], failed["cause"], failed["desired"]) == ("failed", "error", "stopped")
    assert (failed["error"]["code"], failed["error"]["retryable"]) == (status, False)
    assert "Check" in failed["error"]["remedy"]
    assert await connections_of(cloud, call) == []


async def test_a_server_call_that_acs_does_not_know_fails_with_a_remedy(cloud: Cloud) -> None:
    session = await start(cloud, {"serverCallId": "aHR0cHM6Ly9leGFtcGxlLmNvbS9ub3doZXJl"})
    assert (session["state"], session["error"]["code"]) == ("failed", 404)
    assert "somebody is in the call" in session["error"]["remedy"]


@pytest.mark.parametrize(("code", "sub_code"), [(401, 8565), (403, 8565), (400, 8565), (400, 8605)])
async def test_a_transcription_that_fails_for_good_says_why_and_what_to_do(
    cloud: Cloud, code: int, sub_code: int
) -> None:
    await inject(cloud, "start", "code", code=code, subCode=sub_code)
    call = await make_call(cloud)
    failed = await reaches(cloud, await start(cloud, call.by_group), "failed")
    error = failed["error"]
    assert (error["code"], error["subCode"], error["retryable"]) == (code, sub_code, False)
    assert len(error["remedy"]) > 40
    assert error["message"].startswith(("Action failed", "Custom speech"))
    assert failed["cause"] == "error"
    assert [one["state"] for one in await connections_of(cloud, call)] == ["disconnected"]


async def test_a_call_that_cannot_be_joined_fails_with_acss_own_numbers(cloud: Cloud) -> None:
    await inject(cloud, "connect", "code", code=403, subCode=8565)
    call = await make_call(cloud)
    failed = await reaches(cloud, await start(cloud, call.by_group), "failed")
    assert (failed["error"]["code"], failed["error"]["subCode"]) == (403, 8565)
    assert "duration" not in failed


async def test_a_stop_that_acs_fails_still_ends_in_leaving(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    await inject(cloud, "stop", "code", code=500, subCode=9999)
    await cloud.api("POST", f"/api/sessions/{session['id']}/stop")
    ended = await reaches(cloud, session, "stopped")
    assert "error" not in ended
    assert [one["state"] for one in await connections_of(cloud, call)] == ["disconnected"]


async def test_after_a_failure_the_call_can_be_started_anew(cloud: Cloud) -> None:
    call = await make_call(cloud)
    await inject(cloud, "connect", "status", status=403)
    failed = await start(cloud, call.by_group)
    assert failed["state"] == "failed"
    second = await reaches(cloud, await start(cloud, call.by_group), "active")
    assert second["id"] != failed["id"]

    async def alone() -> bool:
        return len(await connections_of(cloud, call)) == 1

    await eventually(alone)
