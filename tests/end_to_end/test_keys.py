"""Function keys: the API asks for one, the open parts do not, and no key opens what is not its own."""

import pytest

from tests.end_to_end.cloud import Cloud
from tests.end_to_end.sessions import transcribed

GUARDED = [
    ("POST", "/api/sessions"),
    ("GET", "/api/sessions"),
    ("GET", "/api/sessions/{id}"),
    ("PATCH", "/api/sessions/{id}"),
    ("DELETE", "/api/sessions/{id}"),
    ("PUT", "/api/sessions/{id}/speakers"),
    ("PATCH", "/api/sessions/{id}/speakers"),
    ("POST", "/api/sessions/{id}/stop"),
    ("POST", "/api/sessions/{id}/start"),
    ("GET", "/api/sessions/{id}/events"),
    ("GET", "/api/sessions/{id}/transcript"),
    ("POST", "/api/sessions/{id}/captions"),
    ("GET", "/api/health/details"),
    ("GET", "/api/providers"),
]
OPEN = ["/app", "/app/app.js", "/app/icon.svg", "/api/health"]


@pytest.mark.parametrize(("method", "path"), GUARDED, ids=lambda part: part)
async def test_asks_for_a_key(cloud: Cloud, method: str, path: str) -> None:
    _, session = await transcribed(cloud)
    plan = cloud.stack.plan
    url = plan.functions_url + path.format(id=session["id"])
    assert plan.event_handler_key is not None
    for key in (None, "", "wrong", plan.event_handler_key, plan.acs_key, plan.web_pubsub_key):
        given = {} if key is None else {"x-functions-key": key}
        assert (await cloud.ask(method, url, {"call": {}}, given)).status == 401
        assert (await cloud.ask(method, f"{url}?code={key or ''}", {"call": {}})).status == 401
    right = await cloud.ask(method, url, {"call": {}}, {"x-functions-key": plan.host_key})
    assert right.status in {200, 202, 400}


async def test_the_events_of_web_pubsub_ask_for_a_key(cloud: Cloud) -> None:
    plan = cloud.stack.plan
    url = f"{plan.functions_url}/api/callbacks/web-pubsub"
    for method in ("POST", "OPTIONS"):
        assert (await cloud.ask(method, url)).status == 401
        assert (await cloud.ask(method, f"{url}?code=wrong")).status == 401
    validation = await cloud.ask("OPTIONS", f"{url}?code={plan.event_handler_key}")
    assert (validation.status, validation.headers["WebHook-Allowed-Origin"]) == (200, "127.0.0.1")


async def test_the_key_of_one_services_door_does_not_open_anothers(cloud: Cloud) -> None:
    plan = cloud.stack.plan
    foreign = {"web-pubsub": plan.event_receiver_key, "event-grid": plan.event_handler_key}
    for door, key in foreign.items():
        url = f"{plan.functions_url}/api/callbacks/{door}"
        for method in ("POST", "OPTIONS"):
            assert (await cloud.ask(method, f"{url}?code={key}")).status == 401
            assert (await cloud.ask(method, url, None, {"x-functions-key": str(key)})).status == 401


@pytest.mark.parametrize("path", OPEN)
async def test_is_open_to_all(cloud: Cloud, path: str) -> None:
    answer = await cloud.ask("GET", cloud.stack.plan.functions_url + path)
    assert answer.status == 200
    assert answer.text


@pytest.mark.parametrize("path", ["/app/..%2ffunction_app.py", "/app/settings.py", "/app/%2e%2e/host.json"])
async def test_the_page_serves_nothing_but_its_own_files(cloud: Cloud, path: str) -> None:
    assert (await cloud.ask("GET", cloud.stack.plan.functions_url + path)).status == 404
