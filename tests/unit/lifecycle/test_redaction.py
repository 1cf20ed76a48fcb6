import pytest

from functions.lifecycle.redaction import LONGEST_MESSAGE, redact, redact_message


@pytest.mark.parametrize("name", ["access_token", "ticket", "code", "sig", "Access_Token"])
def test_the_value_of_a_secret_parameter_is_taken_out(name: str) -> None:
    shown = redact(f"StreamUrl wss://pubsub.example/client?{name}=s3cr3t.x-y_z&hub=transcript isn't valid.")
    assert "s3cr3t" not in shown
    assert shown.endswith("&hub=transcript isn't valid.")


def test_a_text_without_secrets_stays_as_it_is() -> None:
    assert redact("Action failed, StreamUrl isn't valid.") == "Action failed, StreamUrl isn't valid."


@pytest.mark.parametrize(
    "text",
    [
        "Redirecting to https://ada:s3cr3t@app.example/next failed: 500.",
        "Redirecting to https://s3cr3t@app.example/next failed: 500.",
        "Redirecting to https://app.example/next?apiKey=s3cr3t&step=2 failed: 500.",
        "Redirecting to https://app.example/next?session-token=s3cr3t failed: 500.",
        """Invalid BXML: <Redirect redirectUrl="https://app.example" username="ada" password="s3cr3t & 'more'"/>""",
        "Invalid BXML: <Redirect fallbackPassword='s3cr3t'/>",
    ],
)
def test_what_opens_another_application_is_taken_out_of_what_a_provider_says_of_it(text: str) -> None:
    shown = redact(text)
    assert "s3cr3t" not in shown
    assert "more" not in shown
    assert shown.startswith(text[:10])


def test_an_address_without_credentials_and_a_number_stay_as_they_are() -> None:
    text = "https://app.example/@ada?step=2 answered 500, subCode=8583, mail ada@app.example"
    assert redact(text) == text


def test_what_a_provider_says_is_cut_off_where_nobody_reads_on_and_not_within_a_secret() -> None:
    cut_within = "x" * (LONGEST_MESSAGE - 12) + " ticket=s3cr3t " + "y" * 1_000_000
    shown = redact_message(cut_within)
    assert len(shown) == LONGEST_MESSAGE
    assert "s3c" not in shown
