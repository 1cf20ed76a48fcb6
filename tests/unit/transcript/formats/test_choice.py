from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.errors import NotAcceptable
from functions.transcript.formats.choice import Format, choose_format


@pytest.mark.parametrize("form", Format)
def test_a_format_is_named(form: Format) -> None:
    assert choose_format(form.value, None) is form
    assert choose_format(form.value, "image/png") is form


@pytest.mark.parametrize("accept", [None, "", " ", "*/*", "application/json", "application/*", "*/*;q=0.1"])
def test_json_is_what_one_gets_who_asks_for_nothing_else(accept: str | None) -> None:
    assert choose_format(None, accept) is Format.JSON


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("text/vtt", Format.VTT),
        ("application/x-subrip", Format.SRT),
        ("text/plain", Format.TXT),
        ("text/markdown", Format.MD),
        ("TEXT/VTT; charset=utf-8", Format.VTT),
        ("text/vtt, */*", Format.JSON),
        ("text/vtt, */*;q=0.5", Format.VTT),
        ("text/vtt;q=0.2, text/plain;q=0.9", Format.TXT),
        ("text/vtt ; q=0.2 , text/plain ; Q=0.9", Format.TXT),
        ("text/*, text/vtt;q=0", Format.TXT),
        ("application/json;q=0, */*", Format.VTT),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Format.JSON),
        ("text/vtt;level=1;q=1.000", Format.VTT),
        ("text/plain;quality=0", Format.TXT),
        ("image/png,,text/plain", Format.TXT),
    ],
)
def test_what_is_liked_best_is_given(accept: str, form: Format) -> None:
    assert choose_format(None, accept) is form


@pytest.mark.parametrize(
    "accept",
    [
        "image/png",
        "text/html",
        "text/vtt;q=0",
        "*/*;q=0",
        "text/vtt;q=2",
        "text/vtt;q=",
        "text/vtt;q=a",
        ",",
        "vtt",
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(accept: str) -> None:
    with pytest.raises(NotAcceptable) as refused:
        choose_format(None, accept)
    assert refused.value.field == "Accept"
    assert (
        "application/json, text/vtt, application/x-subrip, text/plain, text/markdown" in refused.value.remedy
    )


@pytest.mark.parametrize("name", ["", "VTT", "docx", "vtt ", "x" * 10_000])
def test_a_name_of_no_format_is_told_with_the_list(name: str) -> None:
    with pytest.raises(NotAcceptable) as refused:
        choose_format(name, "*/*")
    assert refused.value.field == "format"
    assert "json, vtt, srt, txt, md" in refused.value.remedy
    assert len(str(refused.value)) < 200


@given(st.text())
def test_any_accept_gives_a_format_or_the_list(accept: str) -> None:
    with suppress(NotAcceptable):
        assert choose_format(None, accept) in Format
