import pytest

from functions.errors import InputRefused
from functions.lifecycle.locales import read_locale


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("en-US", "en-US"),
        ("EN-us", "en-US"),
        ("de-de", "de-DE"),
        ("es-419", "es-419"),
        ("fil-PH", "fil-PH"),
        ("sr-latn-rs", "sr-Latn-RS"),
        ("iu-Cans-CA", "iu-Cans-CA"),
        ("zh-cn-Shandong", "zh-CN-shandong"),
    ],
)
def test_a_locale_is_read_in_its_usual_case(sent: str, read: str) -> None:
    assert read_locale(sent) == read


def refusal_of(text: str) -> InputRefused:
    with pytest.raises(InputRefused) as refused:
        read_locale(text)
    return refused.value


@pytest.mark.parametrize(
    "text",
    ["", "en", "english", "en_US", "en-USA", "en-U", "e-US", "en-US ", "\nen-US", "en-US-", "en--US", "-US"],
)
def test_what_has_no_region_is_refused_with_an_example(text: str) -> None:
    refused = refusal_of(text)
    assert refused.code == "invalid-locale"
    assert refused.field == "locale"
    assert "en-US" in refused.remedy


@pytest.mark.parametrize("text", ["e\u017f-ES", "en-\u0661\u0662\u0663", "\u212ao-KR", "\uff45\uff4e-US"])
def test_letters_and_digits_of_other_scripts_are_refused(text: str) -> None:
    assert refusal_of(text).code == "invalid-locale"


@pytest.mark.parametrize(
    ("voice", "locale"),
    [
        ("en-US-NancyNeural", "en-US"),
        ("en-us-jennymultilingualneural", "en-us"),
        ("sr-Latn-RS-NicholasNeural", "sr-Latn-RS"),
        ("zh-CN-shandong-YunxiangNeural", "zh-CN-shandong"),
        ("en-US-Ava:DragonHDLatestNeural", "en-US"),
    ],
)
def test_the_name_of_a_voice_is_refused_with_its_locale(voice: str, locale: str) -> None:
    assert refusal_of(voice).remedy == f"That is the name of a voice. Send the locale alone: {locale}."


def test_a_long_text_is_shown_short() -> None:
    assert len(str(refusal_of("x" * 100_000))) < 200


def test_the_refusal_names_the_field_that_was_wrong() -> None:
    with pytest.raises(InputRefused) as refused:
        read_locale("en", field="call.locale")
    assert refused.value.field == "call.locale"
