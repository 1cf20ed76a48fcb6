"""Events of the transcript socket need Web PubSub's signature of their own connection, and the right hub."""

from uuid import uuid4

import pytest

from tests.end_to_end.cloud import Cloud
from tests.end_to_end.sessions import Session, journal, read, stopped, texts, transcribed
from tests.end_to_end.test_bad_input import assert_problem
from tests.end_to_end.test_callback_door import bearer
from tests.end_to_end.web_pubsub_events import (
    CONNECT,
    MESSAGE,
    METADATA,
    frame,
    headers_of,
    post_event,
    signature,
)

FORGERIES: dict[str, tuple[str, str]] = {
    "no signature": ("", "ce-signature"),
    "a wrong signature": ("sha256=" + "0" * 64, "ce-signature"),
    "a signature without its hash's name": ("0" * 64, "ce-signature"),
    "letters beyond ASCII": ("sha256=é", "ce-signature"),
    "commas": (",,,", "ce-signature"),
}


async def untouched(cloud: Cloud, session: Session) -> tuple[object, ...]:
    return await read(cloud, session), await journal(cloud, session), await texts(cloud, session)


@pytest.mark.parametrize("kind", [CONNECT, MESSAGE])
@pytest.mark.parametrize("forgery", FORGERIES)
async def test_an_event_is_refused_and_changes_nothing_with(cloud: Cloud, forgery: str, kind: str) -> None:
    _, session = await transcribed(cloud)
    before = await untouched(cloud, session)
    given, field = FORGERIES[forgery]
    headers = headers_of(cloud, session, kind, uuid4().hex) | {"ce-signature": given}
    assert_problem(await post_event(cloud, headers, frame("forged")), 401, field)
    assert await untouched(cloud, session) == before


async def test_where_a_key_signs_a_token_takes_no_signatures_place(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    before = await untouched(cloud, session)
    headers = headers_of(cloud, session, MESSAGE, uuid4().hex) | {"Authorization": bearer(cloud.signer)}
    del headers["ce-signature"]
    assert_problem(await post_event(cloud, headers, frame("forged")), 401, "ce-signature")
    assert await untouched(cloud, session) == before


async def test_one_right_signature_among_others_is_enough_as_after_a_rotation(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    connection = uuid4().hex
    both = f"sha256={'0' * 64}, {signature(cloud, connection)}"
    headers = headers_of(cloud, session, MESSAGE, connection) | {"ce-signature": both}
    assert (await post_event(cloud, headers, METADATA)).status == 204


async def test_the_signature_of_another_connection_opens_nothing(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    before = await untouched(cloud, session)
    headers = headers_of(cloud, session, MESSAGE, uuid4().hex)
    stolen = headers | {"ce-signature": signature(cloud, uuid4().hex)}
    assert_problem(await post_event(cloud, stolen, frame("forged")), 401, "ce-signature")
    assert await untouched(cloud, session) == before


@pytest.mark.parametrize("hub", ["captions", "", "transcripts"])
async def test_events_of_another_hub_are_refused(cloud: Cloud, hub: str) -> None:
    _, session = await transcribed(cloud)
    before = await untouched(cloud, session)
    headers = headers_of(cloud, session, MESSAGE, uuid4().hex) | {"ce-hub": hub}
    assert_problem(await post_event(cloud, headers, frame("forged")), 401, "ce-hub")
    assert await untouched(cloud, session) == before


async def test_a_user_event_of_another_name_is_not_taken_in(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    before = await untouched(cloud, session)
    headers = headers_of(cloud, session, "azure.webpubsub.user.other", uuid4().hex)
    assert_problem(await post_event(cloud, headers, frame("other")), 400, "ce-type")
    assert await untouched(cloud, session) == before


@pytest.mark.parametrize("user", ["", "nobody", "01JGZ6S2G4ZT3Q5V8W9X0Y1Z2A"])
async def test_a_socket_of_no_session_is_not_admitted(cloud: Cloud, user: str) -> None:
    headers = headers_of(cloud, {"id": user}, CONNECT, uuid4().hex)
    assert (await post_event(cloud, headers, b"{}")).status == 401


async def test_a_socket_of_a_session_that_has_ended_is_not_admitted(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    await stopped(cloud, session)
    headers = headers_of(cloud, session, CONNECT, uuid4().hex)
    assert (await post_event(cloud, headers, b"{}")).status == 401


async def test_a_socket_of_another_connection_is_not_admitted(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    headers = headers_of(cloud, session, CONNECT, uuid4().hex)
    body = b'{"headers": {"X-MS-Call-Connection-Id": ["%s"]}}' % uuid4().hex.encode()
    assert (await post_event(cloud, headers, body)).status == 401
    assert await read(cloud, session) == session


async def test_a_connect_without_a_readable_body_is_named(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    headers = headers_of(cloud, session, CONNECT, uuid4().hex)
    assert_problem(await post_event(cloud, headers, b"no json"), 400, "body")


async def test_a_connection_state_that_is_not_ours_is_named(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    headers = headers_of(cloud, session, MESSAGE, uuid4().hex) | {"ce-connectionState": "e30="}
    assert_problem(await post_event(cloud, headers, frame("words")), 400, "ce-connectionState")
    assert await texts(cloud, session) == []


@pytest.mark.parametrize("user", ["", "somebody", "01m7xsvtn32hjve1kecend18z2"])
async def test_a_signed_event_of_no_session_is_refused(cloud: Cloud, user: str) -> None:
    _, session = await transcribed(cloud)
    before = await untouched(cloud, session)
    headers = headers_of(cloud, session, MESSAGE, uuid4().hex) | {"ce-userId": user}
    assert_problem(await post_event(cloud, headers, frame("nobody's")), 401, "ce-userId")
    assert await untouched(cloud, session) == before
