"""What a browser lets the page do."""

import pytest

from functions.settings import read_settings
from functions.triggers.site import policy_of
from tests.service.test_settings import GOOD

KEYLESS = {
    "WEB_PUBSUB_CONNECTION_STRING": "",
    "WEB_PUBSUB_ENDPOINT": "https://One.webpubsub.azure.com/,https://two.webpubsub.azure.com:8443",
    "WEB_PUBSUB_IDENTITY": "0f8fad5b-d9cb-469f-a165-708677289501,0f8fad5b-d9cb-469f-a165-708677289502",
    "AZURE_TENANT_ID": "72f988bf-86f1-41af-91ab-2d7cd011db47",
}
LOCAL = {"WEB_PUBSUB_CONNECTION_STRING": "Endpoint=http://127.0.0.1:8080;AccessKey=abc;Version=1.0;"}
SIGN_IN = {
    "ENTRA_TENANT_ID": "72f988bf-86f1-41af-91ab-2d7cd011db47",
    "ENTRA_CLIENT_ID": "0f8fad5b-d9cb-469f-a165-70867728950e",
}


@pytest.mark.parametrize(
    ("more", "connected"),
    [
        (KEYLESS, "'self' wss://one.webpubsub.azure.com wss://two.webpubsub.azure.com:8443"),
        (LOCAL, "'self' ws://127.0.0.1:8080"),
        (LOCAL | SIGN_IN, "'self' ws://127.0.0.1:8080 https://login.microsoftonline.com"),
    ],
    ids=["keyless", "local", "sign-in"],
)
def test_the_page_connects_to_itself_its_own_web_pubsubs_and_where_people_sign_in(
    more: dict[str, str], connected: str
) -> None:
    policy = policy_of(read_settings(GOOD | more))
    assert f"connect-src {connected};" in policy
    assert "default-src 'none'; script-src 'self';" in policy
