"""ACS keeps the address of its socket for as long as the session lasts, and opens it again whenever it breaks."""

from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from functions.adapters.call_automation import AcsCalls
from functions.lifecycle.session import Session
from local.web_pubsub.errors import TokenRefused
from local.web_pubsub.tokens import SLACK, judge_client_token
from tests.service.bed import HOUR_MS, new_session
from tests.service.cloud import Cloud

MINUTE_MS = 60_000


async def opens(calls: AcsCalls, cloud: Cloud, session: Session, after_ms: int) -> bool:
    """Whether the session's socket may be opened so long after its start, by a clock that the test moves."""
    options = (await calls.set_up(session, session.pending[0]))["transcription"]
    parts = urlsplit(options.transport_url)
    (token,) = parse_qs(parts.query)["access_token"]
    keys = [
        one.partition("=")[2] for one in cloud.web_pubsub.connection_string.split(";") if "AccessKey" in one
    ]
    audience = f"{parts.scheme.replace('ws', 'http')}://{parts.netloc}{parts.path}"
    try:
        claims = judge_client_token(token, keys, [audience], (session.created_at + after_ms) / 1000)
    except TokenRefused:
        return False
    return claims.user_id == session.id


@pytest.mark.parametrize("after_ms", [0, 61 * MINUTE_MS, 12 * HOUR_MS, 24 * HOUR_MS])
async def test_a_socket_opens_again_for_as_long_as_the_session_may_last(cloud: Cloud, after_ms: int) -> None:
    assert await opens(cloud.calls, cloud, new_session(), after_ms)


async def test_a_socket_opens_no_more_long_after_the_session(cloud: Cloud) -> None:
    session = new_session()
    short = replace(session, must_end_at=session.created_at + HOUR_MS)
    assert await opens(cloud.calls, cloud, short, 61 * MINUTE_MS)
    assert not await opens(cloud.calls, cloud, short, 3 * HOUR_MS + SLACK * 1000)
