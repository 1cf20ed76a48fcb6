"""Where there is no access key, events of the transcript socket need the token of Web PubSub's own identity."""

import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from local.stack_entra import APP, TENANT
from tests.end_to_end.calls import connections_of, line, make_call
from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.identity import entra, keyless_of, post_as, token
from tests.end_to_end.sessions import Session, journal, reaches, read, start, stores, texts, transcribed
from tests.end_to_end.test_bad_input import assert_problem
from tests.end_to_end.web_pubsub_events import CONNECT, MESSAGE, METADATA, frame, headers_of, post_event

V1 = "https://sts.windows.net"


async def no_token(_: Cloud) -> str | None:
    return None


def minted(claims: dict[str, object] | None = None, **order: object) -> Callable[[Cloud], Awaitable[str]]:
    async def mint(cloud: Cloud) -> str:
        return f"Bearer {await token(cloud, claims, **order)}"

    return mint


def said(authorization: str) -> Callable[[Cloud], Awaitable[str]]:
    async def say(_: Cloud) -> str:
        return authorization

    return say


async def tokens_of_the_app(cloud: Cloud) -> str:
    return f"Bearer {await token(cloud, {'oid': APP.object_id})}"


async def another_version(cloud: Cloud) -> str:
    """The rightful issuer's name without its slash."""
    return f"Bearer {await token(cloud, {'iss': f'{V1}/{TENANT}'})}"


async def another_scheme(cloud: Cloud) -> str:
    return f"Basic {await token(cloud)}"


async def cut_short(cloud: Cloud) -> str:
    return f"Bearer {(await token(cloud))[:-5]}"


BROKEN: dict[str, Callable[[Cloud], Awaitable[str | None]]] = {
    "no token": no_token,
    "an empty header": said(""),
    "no token in the header": said("Bearer "),
    "garbage": said("Bearer garbage"),
    "letters beyond ASCII": said("Bearer é.é.é"),
    "another scheme": another_scheme,
    "a signature cut short": cut_short,
    "the app's own identity": tokens_of_the_app,
    "an identity of somebody else": minted({"oid": str(uuid4())}),
    "no identity": minted({"oid": None}),
    "an empty identity": minted({"oid": ""}),
    "a list that holds the identity": minted({"oid": ["*"]}),
    "another tenant": minted({"iss": f"{V1}/{uuid4()}/"}),
    "another issuer": minted({"iss": "https://evil.example/"}),
    "nearly the issuer": another_version,
    "no issuer": minted({"iss": None}),
    "another audience": minted(resource="https://storage.azure.com"),
    "no audience": minted({"aud": None}),
    "an expired token": minted(lifetime=-3600),
    "no expiry": minted({"exp": None}),
    "a token of later": minted({"nbf": int(time.time()) + 3600}),
    "no signature": minted(signing="none"),
    "the public key as a secret": minted(signing="public-key-as-secret"),
    "a key that nobody published": minted(signing="unpublished"),
    "a key id that nobody published": minted(signing="unpublished", keyId="made up"),
    "a person's token": minted(of="person"),
}


async def untouched(cloud: Cloud, session: Session) -> tuple[object, ...]:
    return await read(cloud, session), await journal(cloud, session), await texts(cloud, session)


@pytest.fixture(scope="module")
async def victim(lasting_keyless_cloud: Cloud) -> tuple[Session, tuple[object, ...]]:
    """A session that is at rest, and all that is known of it."""
    _, session = await transcribed(lasting_keyless_cloud)
    return session, await untouched(lasting_keyless_cloud, session)


@pytest.mark.parametrize("broken", BROKEN)
async def test_an_event_is_refused_and_changes_nothing_with(
    lasting_keyless_cloud: Cloud, victim: tuple[Session, tuple[object, ...]], broken: str
) -> None:
    cloud, (session, before) = lasting_keyless_cloud, victim
    authorization = await BROKEN[broken](cloud)
    for kind, body in ((CONNECT, b"{}"), (MESSAGE, frame("forged"))):
        answer = await post_as(cloud, session, kind, authorization, body)
        assert_problem(answer, 401, "Authorization")
        assert "eyJ" not in answer.text, "it repeats a token"
    assert await untouched(cloud, session) == before


async def test_a_signature_opens_nothing_where_no_key_signs(
    lasting_keyless_cloud: Cloud, victim: tuple[Session, tuple[object, ...]]
) -> None:
    cloud, (session, before) = lasting_keyless_cloud, victim
    headers = headers_of(cloud, session, MESSAGE, uuid4().hex)
    assert_problem(await post_event(cloud, headers, frame("signed")), 401, "Authorization")
    assert await untouched(cloud, session) == before


async def test_the_log_says_what_a_refused_token_was_for(keyless_cloud: Cloud) -> None:
    cloud = keyless_cloud
    _, session = await transcribed(cloud)
    refused = await token(cloud, resource="api://another handler")
    assert (await post_as(cloud, session, CONNECT, f"Bearer {refused}", b"{}")).status == 401
    log = cloud.stack.run_dir / "functions-1.log"

    async def look() -> list[str]:
        return [line for line in log.read_text().splitlines() if "api://another handler" in line]

    (said,) = await eventually(look)
    assert "WEB_PUBSUB_AUDIENCE" in said


async def test_the_function_key_is_needed_beside_the_token(keyless_cloud: Cloud) -> None:
    cloud = keyless_cloud
    _, session = await transcribed(cloud)
    headers = headers_of(cloud, session, MESSAGE, uuid4().hex)
    proven = headers | {"Authorization": f"Bearer {await token(cloud)}"}
    url = f"{cloud.stack.plan.functions_url}/api/callbacks/web-pubsub"
    assert (await cloud.ask("POST", url, frame("words"), proven)).status == 401


@pytest.mark.parametrize("version", ["1", "2"])
async def test_the_token_of_web_pubsubs_identity_lets_a_frame_in(keyless_cloud: Cloud, version: str) -> None:
    cloud = keyless_cloud
    _, session = await transcribed(cloud)
    issuers = {"1": f"{V1}/{TENANT}/", "2": f"{keyless_of(cloud).entra.url}/{TENANT}/v2.0"}
    authorization = f"Bearer {await token(cloud, {'iss': issuers[version]})}"
    begun = await post_as(cloud, session, MESSAGE, authorization, METADATA)
    assert begun.status == 204
    headers = headers_of(cloud, session, MESSAGE, uuid4().hex)
    del headers["ce-signature"]
    proven = headers | {
        "Authorization": authorization,
        "ce-connectionState": begun.headers["ce-connectionState"],
    }
    assert (await post_event(cloud, proven, frame("let in"))).status == 204
    assert "let in" in await texts(cloud, session)


async def taken_in(cloud: Cloud, session: Session, authorization: str) -> None:
    """Waits until an event with it is taken in: unknown keys are fetched again after ten seconds at the soonest."""

    async def look() -> bool:
        return (await post_as(cloud, session, MESSAGE, authorization, METADATA)).status == 204

    await eventually(look)


async def test_keys_that_rotate_in_the_middle_of_a_call_lose_no_word(keyless_cloud: Cloud) -> None:
    cloud = keyless_cloud
    script = [line(number * 1000, f"Sentence {number}.", duration=500) for number in range(40)]
    call = await make_call(cloud, script)
    session = await reaches(cloud, await start(cloud, call.by_group), "active")
    await entra(cloud, "keys/rotate", {})
    await taken_in(cloud, session, f"Bearer {await token(cloud)}")
    assert await stores(cloud, session, 40) == [one["text"] for one in script]
    assert [one["state"] for one in await connections_of(cloud, call)] == ["connected"]
