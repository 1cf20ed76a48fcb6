import pytest

from functions.lifecycle.redaction import redact


@pytest.mark.parametrize("name", ["access_token", "ticket", "code", "sig", "Access_Token"])
def test_the_value_of_a_secret_parameter_is_taken_out(name: str) -> None:
    shown = redact(f"StreamUrl wss://pubsub.example/client?{name}=s3cr3t.x-y_z&hub=transcript isn't valid.")
    assert "s3cr3t" not in shown
    assert shown.endswith("&hub=transcript isn't valid.")


def test_a_text_without_secrets_stays_as_it_is() -> None:
    assert redact("Action failed, StreamUrl isn't valid.") == "Action failed, StreamUrl isn't valid."
