"""Stand-ins whose access keys are off take tokens of Entra from the real SDKs, over TLS, and nothing else."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ServiceRequestError
from azure.data.tables.aio import TableServiceClient
from azure.identity.aio import ManagedIdentityCredential
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

from local.azurite import ACCOUNT, azurite_command, connection_string
from local.call_automation.server import Settings as AcsSettings
from local.call_automation.server import serving as serving_acs
from local.child_process import ChildProcess
from local.entra_callers import EntraCallers
from local.ports import free_ports
from local.tls import Certificate, TlsSite, make_certificate
from local.web_pubsub.own_identity import OwnIdentity
from local.web_pubsub.server import serving as serving_web_pubsub
from local.web_pubsub.service import Settings as WebPubSubSettings
from local.web_pubsub.tokens import mint
from tests.local_cloud.call_automation_process import RESOURCE_ID
from tests.local_cloud.entra_process import FIRST, IDENTITY_HEADER, SECOND, Entra, served_entra
from tests.local_cloud.web_pubsub_process import running_handler
from tests.waiting import until

NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
async def entra(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Entra]:
    async with served_entra() as running:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{running.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


def callers(entra: Entra, resource: str) -> EntraCallers:
    """The first identity has the role, the second has none."""
    return EntraCallers(f"{entra.authority}/discovery/v2.0/keys", (resource,), (FIRST.object_id,))


@asynccontextmanager
async def identity_of(client_id: str) -> AsyncIterator[ManagedIdentityCredential]:
    async with ManagedIdentityCredential(client_id=client_id) as credential:
        yield credential


@dataclass(frozen=True)
class Served:
    """A stand-in: its address without TLS, its address with it, and who signed for that."""

    plain: str
    secure: str
    trusted: str


@asynccontextmanager
async def web_pubsub_without_keys(
    entra: Entra, certificate: Certificate, **more: Any
) -> AsyncIterator[Served]:
    (port,) = free_ports(1)
    settings = WebPubSubSettings(
        keys=(),
        callers=callers(entra, "https://webpubsub.azure.com"),
        tls=TlsSite(port, certificate),
        **more,
    )
    async with serving_web_pubsub(settings, 0) as plain:
        yield Served(plain, f"https://127.0.0.1:{port}", str(certificate.certificate))


@asynccontextmanager
async def hub(
    served: Served, credential: Any, name: str = "captions"
) -> AsyncIterator[WebPubSubServiceClient]:
    async with WebPubSubServiceClient(
        served.secure, name, credential, connection_verify=served.trusted
    ) as client:
        yield client


async def test_the_web_pubsub_sdk_sends_and_gets_a_url_that_lets_a_client_in(
    entra: Entra, certificate: Certificate
) -> None:
    async with (
        web_pubsub_without_keys(entra, certificate) as served,
        identity_of(FIRST.client_id) as credential,
        hub(served, credential) as client,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=certificate.client_context())) as http,
    ):
        url = (await client.get_client_access_token(groups=["readers"]))["url"]
        assert url.startswith(served.secure.replace("https", "wss"))
        async with http.ws_connect(url, protocols=["json.webpubsub.azure.v1"]) as viewer:
            assert (await viewer.receive_json(timeout=20))["event"] == "connected"
            await client.send_to_group("readers", {"said": "hello"})
            assert (await viewer.receive_json(timeout=20))["data"] == {"said": "hello"}


async def test_an_identity_without_the_role_is_forbidden(entra: Entra, certificate: Certificate) -> None:
    async with (
        web_pubsub_without_keys(entra, certificate) as served,
        identity_of(SECOND.client_id) as credential,
        hub(served, credential) as client,
    ):
        with pytest.raises(HttpResponseError) as refusal:
            await client.send_to_group("readers", {})
    assert refusal.value.status_code == 403


FORGED: dict[str, Callable[[str], str]] = {
    "a made-up access key": lambda url: mint({"aud": url, "exp": 9_999_999_999}, "key"),
    "no signature": lambda url: jwt.encode({"aud": url, "exp": 9_999_999_999}, "", algorithm="none"),
    "garbage": lambda _: "garbage",
}


@pytest.mark.filterwarnings("ignore:The HMAC key is")  # that a key is too short is the point
@pytest.mark.parametrize("kind", FORGED)
async def test_nothing_forged_opens_a_web_pubsub_without_keys(
    kind: str, entra: Entra, certificate: Certificate
) -> None:
    async with web_pubsub_without_keys(entra, certificate) as served, aiohttp.ClientSession() as http:
        rest = f"{served.plain}/api/hubs/captions/:send"
        given = {"Authorization": f"Bearer {FORGED[kind](rest)}"}
        async with http.post(rest, headers=given, json={}) as answer:
            assert answer.status == 401
        client = f"{served.plain}/client/hubs/captions"
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await http.ws_connect(f"{client}?access_token={FORGED[kind](client)}")
        assert refusal.value.status == 401


BROKEN: dict[str, dict[str, Any]] = {
    "another audience": {"resource": "https://storage.azure.com"},
    "expired": {"lifetime": -3600},
    "no identity": {"claims": {"oid": None}},
    "unsigned": {"signing": "none"},
    "a key that is not published": {"signing": "unpublished"},
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_a_broken_token_of_entra_opens_nothing(
    kind: str, entra: Entra, certificate: Certificate
) -> None:
    order = {"of": "identity", "resource": "https://webpubsub.azure.com"} | BROKEN[kind]
    token = (await entra.sim("tokens", order))["token"]
    async with web_pubsub_without_keys(entra, certificate) as served:
        url = f"{served.plain}/api/hubs/captions/:send"
        async with entra.http.post(url, headers={"Authorization": f"Bearer {token}"}, json={}) as answer:
            assert answer.status == 401


async def test_its_events_bear_the_token_of_its_own_identity_and_no_signature(
    entra: Entra, certificate: Certificate
) -> None:
    own = OwnIdentity(f"{entra.url}/msi/token", IDENTITY_HEADER, SECOND.client_id, "api://handler")
    async with (
        running_handler() as handler,
        web_pubsub_without_keys(
            entra, certificate, handlers={"transcript": handler.url}, identity=own
        ) as served,
        identity_of(FIRST.client_id) as credential,
        hub(served, credential, "transcript") as client,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=certificate.client_context())) as http,
    ):
        url = (await client.get_client_access_token(user_id="me"))["url"]
        async with http.ws_connect(url) as socket:
            await socket.send_str("words")

            await until(lambda: handler.named("message"))
    assert not any("ce-signature" in event.headers for event in handler.seen)
    for event in handler.seen:
        token = event.headers["Authorization"].removeprefix("Bearer ")
        key = (await entra.keys())[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(token, jwt.PyJWK(key, "RS256"), algorithms=["RS256"], audience="api://handler")
        assert claims["oid"] == SECOND.object_id


@asynccontextmanager
async def acs_without_keys(entra: Entra, certificate: Certificate) -> AsyncIterator[Served]:
    (port,) = free_ports(1)
    settings = AcsSettings(
        None,
        RESOURCE_ID,
        seed=1,
        callers=callers(entra, "https://communication.azure.com"),
        tls=TlsSite(port, certificate),
    )
    async with serving_acs(settings, 0) as plain:
        yield Served(plain, f"https://127.0.0.1:{port}", str(certificate.certificate))


@pytest.mark.parametrize(("client_id", "status"), [(FIRST.client_id, 404), (SECOND.client_id, 403)])
async def test_the_calling_sdk_is_known_by_its_token(
    client_id: str, status: int, entra: Entra, certificate: Certificate
) -> None:
    async with (
        acs_without_keys(entra, certificate) as served,
        identity_of(client_id) as credential,
        CallAutomationClient(served.secure, credential, connection_verify=served.trusted) as client,
    ):
        with pytest.raises(HttpResponseError) as refusal:
            await client.get_call_connection(NOBODY).get_call_properties()
    assert refusal.value.status_code == status


@pytest.mark.parametrize("key", ["AA==", "c2VjcmV0"])
async def test_no_access_key_opens_calls_without_keys(
    key: str, entra: Entra, certificate: Certificate
) -> None:
    async with (
        acs_without_keys(entra, certificate) as served,
        CallAutomationClient(served.plain, AzureKeyCredential(key)) as client,
    ):
        with pytest.raises(ClientAuthenticationError):
            await client.get_call_connection(NOBODY).get_call_properties()


@pytest.mark.usefixtures("entra")
async def test_the_sdk_sends_no_token_without_tls(entra: Entra, certificate: Certificate) -> None:
    async with (
        acs_without_keys(entra, certificate) as served,
        identity_of(FIRST.client_id) as credential,
        CallAutomationClient(served.plain, credential, retry_total=0) as client,
    ):
        with pytest.raises(ServiceRequestError, match="non-TLS"):
            await client.get_call_connection(NOBODY).get_call_properties()


@pytest.mark.usefixtures("entra")
async def test_azurite_takes_the_identitys_token(certificate: Certificate, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    process = ChildProcess(azurite_command(port, None, certificate), tmp_path / "azurite.log")
    await process.start()
    trusted = str(certificate.certificate)
    try:
        async with (
            identity_of(FIRST.client_id) as credential,
            TableServiceClient(
                f"https://127.0.0.1:{port}/{ACCOUNT}", credential=credential, connection_verify=trusted
            ) as by_token,
            TableServiceClient.from_connection_string(
                connection_string(port, "https"), connection_verify=trusted
            ) as by_key,
        ):
            table = await by_token.create_table("Words")
            await table.create_entity({"PartitionKey": "a", "RowKey": "b", "text": "c"})
            found = await by_key.get_table_client("Words").get_entity("a", "b")
            assert found["text"] == "c"
    finally:
        await process.stop()
