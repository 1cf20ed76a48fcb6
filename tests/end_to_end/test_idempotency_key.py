"""A start that bears an Idempotency-Key can be repeated: it is the same session, and nobody is rung twice."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.end_to_end.calls import all_calls, connections_of, make_call
from tests.end_to_end.cloud import Answer, Cloud
from tests.end_to_end.phones import OURS, call_of, instruct, new_phone
from tests.end_to_end.sessions import over, reaches, stopped
from tests.end_to_end.test_bad_input import assert_problem


async def start_with(cloud: Cloud, key: str, body: Any, host: int | None = None) -> Answer:
    """A start with a key, at the shared address or at one host's own."""
    plan = cloud.stack.plan
    url = plan.functions_url if host is None else plan.own_urls[host]
    headers = {"x-functions-key": plan.host_key, "Idempotency-Key": key}
    return await cloud.ask("POST", f"{url}/api/sessions", body, headers)


async def placing(cloud: Cloud) -> dict[str, Any]:
    """A start that rings a number."""
    number = new_phone()
    await instruct(cloud, number)
    return {"call": {"to": [number], "from": OURS}}


async def test_a_repeated_start_of_a_placed_call_rings_nobody_again(cloud: Cloud) -> None:
    key, body = str(uuid4()), await placing(cloud)
    before = len(await all_calls(cloud))
    first = await start_with(cloud, key, body)
    assert first.status == 202, first.text
    again = await start_with(cloud, key, body)
    assert (again.status, again.body["id"]) == (200, first.body["id"])
    assert again.headers["Location"] == first.headers["Location"]
    await reaches(cloud, first.body, "active")
    assert len(await all_calls(cloud)) == before + 1


async def test_repeats_at_the_same_moment_on_two_hosts_ring_once(cloud: Cloud) -> None:
    for _ in range(3):
        key, body = str(uuid4()), await placing(cloud)
        before = len(await all_calls(cloud))
        answers = await asyncio.gather(*(start_with(cloud, key, body, host) for host in (0, 1, 0, 1)))
        assert len({answer.body["id"] for answer in answers}) == 1, [answer.text for answer in answers]
        assert {answer.status for answer in answers} <= {200, 202}
        session = await reaches(cloud, answers[0].body, "active")
        assert len(await all_calls(cloud)) == before + 1
        assert len(await connections_of(cloud, await call_of(cloud, session))) == 1


async def test_a_repeat_after_the_sessions_end_finds_it_and_starts_nothing(cloud: Cloud) -> None:
    call = await make_call(cloud)
    key, body = str(uuid4()), {"call": call.by_group}
    first = await start_with(cloud, key, body)
    await stopped(cloud, await reaches(cloud, first.body, "active"))
    ended = await over(cloud, first.body)
    again = await start_with(cloud, key, body)
    assert (again.status, again.body) == (200, ended)
    assert len(await connections_of(cloud, call)) == 1


async def test_another_key_for_a_call_that_is_transcribed_gets_its_session_and_so_does_its_repeat(
    cloud: Cloud,
) -> None:
    call = await make_call(cloud)
    body = {"call": call.by_group}
    first = await start_with(cloud, str(uuid4()), body)
    session = await reaches(cloud, first.body, "active")
    other = str(uuid4())
    for _ in range(2):
        found = await start_with(cloud, other, body)
        assert (found.status, found.body["id"]) == (200, session["id"])


async def test_a_key_that_came_with_another_request_is_refused(cloud: Cloud) -> None:
    key = str(uuid4())
    call = await make_call(cloud)
    first = await start_with(cloud, key, {"call": call.by_group})
    assert first.status == 202
    other = await make_call(cloud)
    for body in ({"call": other.by_group}, {"call": call.by_group, "locale": "de-DE"}):
        refused = await start_with(cloud, key, body)
        assert_problem(refused, 422, "Idempotency-Key", "new key")
    assert await connections_of(cloud, other) == []


@pytest.mark.parametrize("key", ["", "two words", "k" * 256, "é", "tab\there"])
async def test_a_key_that_cannot_be_taken_is_named(cloud: Cloud, key: str) -> None:
    call = await make_call(cloud)
    refused = await start_with(cloud, key, {"call": call.by_group})
    assert_problem(refused, 400, "Idempotency-Key", "UUID")
    assert await connections_of(cloud, call) == []
