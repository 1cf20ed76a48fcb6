import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.lifecycle.read_tokens import opens, write_read_token

SECRET = "a secret of this session"
SESSION = "01ARYZ6S410000000000000000"
NOW = 1_795_222_417
TOKEN = write_read_token(SECRET, SESSION, NOW + 60)


def test_a_token_opens_its_session_until_it_expires() -> None:
    assert opens(TOKEN, SECRET, SESSION, NOW)
    assert opens(TOKEN, SECRET, SESSION, NOW + 59)
    assert not opens(TOKEN, SECRET, SESSION, NOW + 60)


def test_a_token_opens_no_other_session() -> None:
    assert not opens(TOKEN, SECRET, "01ARYZ6S410000000000000001", NOW)


def test_a_token_of_another_secret_opens_nothing() -> None:
    assert not opens(write_read_token("another", SESSION, NOW + 60), SECRET, SESSION, NOW)


def test_a_token_cannot_be_prolonged() -> None:
    expiry, _, signature = TOKEN.partition(".")
    assert not opens(f"{int(expiry) + 1}.{signature}", SECRET, SESSION, NOW)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        TOKEN[:-1],
        TOKEN + "0",
        TOKEN.upper() + "x",
        TOKEN.split(".")[1],
        "-" + TOKEN,
        "9" * 5000 + "." + TOKEN.split(".")[1],
        "\u0661\u0667\u0669." + TOKEN.split(".")[1],
        "1795222477.ñ",
        "²." + TOKEN.split(".")[1],
        "1795222477.\ud800",
    ],
)
def test_anything_else_opens_nothing(token: str) -> None:
    assert not opens(token, SECRET, SESSION, NOW)


@given(st.text())
def test_no_text_made_up_opens_anything(token: str) -> None:
    assert not opens(token, SECRET, SESSION, NOW)


def test_the_secret_is_not_in_the_token() -> None:
    assert SECRET not in TOKEN
