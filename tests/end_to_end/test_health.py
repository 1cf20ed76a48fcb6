"""Health: a word for everybody, each dependency by name for whoever has a key."""

from tests.end_to_end.cloud import Cloud


async def test_everybody_learns_that_it_is_up_and_nothing_more(cloud: Cloud) -> None:
    answer = await cloud.ask("GET", f"{cloud.stack.plan.functions_url}/api/health")
    assert (answer.status, answer.body) == (200, {"status": "up"})


async def test_a_key_shows_that_every_dependency_answers(cloud: Cloud) -> None:
    key = {"x-functions-key": cloud.stack.plan.host_key or ""}
    answer = await cloud.ask("GET", f"{cloud.stack.plan.functions_url}/api/health/details", headers=key)
    ready = {"ready": True}
    dependencies = {"tables": ready, "webPubSub": ready, "callAutomation": ready}
    assert (answer.status, answer.body) == (200, {"status": "up", "dependencies": dependencies})
