"""Every endpoint of the app has a door that somebody chose, where function keys open the API and where people sign in."""

import json
import os
import subprocess
import sys
from functools import cache

from local.child_process import PROJECT
from tests.service.test_settings import GOOD

OPEN = {"page", "page_asset", "how_to_sign_in", "health", "read_contract"}
"""They hold no data of a call."""
VIEWERS = {"read_captions_session", "read_captions_transcript"}
"""They check a read token."""
ACS = {"receive_call_events"}
"""They check ACS's token and the session's ticket."""
BANDWIDTH = {"receive_bandwidth_events", "receive_bandwidth_call"}
"""They ask for a name and a password, and the first of them for the session's ticket."""
SERVICES = {"web_pubsub_events", "receive_event_grid"}
"""Their addresses bear a function key, whether people sign in or not."""
UNGUARDED_BY_US = OPEN | VIEWERS | ACS

SIGN_IN = {
    "ENTRA_TENANT_ID": "72f988bf-86f1-41af-91ab-2d7cd011db47",
    "ENTRA_CLIENT_ID": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "ENTRA_AUTHORITY": "http://127.0.0.1:9",  # nobody is there: who sends no token is refused without asking
}
INDEX = """
import asyncio, json, sys
import azure.functions as func
from function_app import app

NOBODY = func.HttpRequest(method="GET", url="/", route_params={"id": "01M7Y72E7FWQKJV6FYMCBBQBV5"}, body=b"{}")
doors = {}
for function in app.get_functions():
    trigger = function.get_trigger()
    if trigger.type != "httpTrigger":
        continue
    name, level, status = function.get_function_name(), trigger.auth_level.name, None
    if level == "ANONYMOUS" and name not in sys.argv[1:]:
        status = asyncio.run(function.get_user_function()(NOBODY)).status_code
    doors[name] = (level, status)
print(json.dumps(doors))
"""

type Doors = dict[str, tuple[str, int | None]]
"""The host's level of each HTTP function, and what those that are not known to be unguarded answer to nobody."""


@cache
def doors(**settings: str) -> Doors:
    seen = subprocess.run(  # noqa: S603 -- our own interpreter
        [sys.executable, "-c", INDEX, *UNGUARDED_BY_US],
        env={**os.environ, **GOOD, **settings},
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    return {name: (level, status) for name, (level, status) in json.loads(seen.stdout).items()}


def test_with_function_keys_the_host_guards_all_but_what_is_open_on_purpose() -> None:
    found = doors()
    unguarded = {name for name, (level, _) in found.items() if level != "FUNCTION"}
    assert unguarded == UNGUARDED_BY_US | BANDWIDTH
    assert {found[name][1] for name in BANDWIDTH} == {401}
    assert found.keys() >= SERVICES


def test_where_people_sign_in_all_that_the_host_no_longer_guards_asks_for_a_token() -> None:
    found = doors(**SIGN_IN)
    assert {name for name, (level, _) in found.items() if level == "FUNCTION"} == SERVICES
    guarded = {name: status for name, (_, status) in found.items() if name not in UNGUARDED_BY_US | SERVICES}
    assert set(guarded.values()) == {401}
    assert guarded.keys() | UNGUARDED_BY_US | SERVICES == doors().keys()
