"""What may be asked of a transcript: every parameter where it is of use, and none that would be ignored."""

import azure.functions as func
import pytest

from functions.errors import InputRefused
from functions.transcript.formats.choice import Format
from functions.triggers.query import read_query
from functions.triggers.transcript_query import TranscriptQuery, check_fitting


def query(**params: str) -> TranscriptQuery:
    return read_query(
        func.HttpRequest("GET", "https://app.example/", params=params, body=b""), TranscriptQuery
    )


def refused(form: Format, **params: str) -> InputRefused:
    with pytest.raises(InputRefused) as error:
        check_fitting(query(**params), form)
    return error.value


def test_nothing_needs_to_be_asked() -> None:
    for form in Format:
        check_fitting(query(), form)


PARTS = {"cursor": "x", "since": "0000000000-0123456789abcdef", "q": "x"}


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("form", [Format.VTT, Format.SRT, Format.TXT, Format.MD])
def test_a_format_that_comes_whole_has_no_parts(form: Format, name: str) -> None:
    error = refused(form, **{name: PARTS[name]})
    assert error.field == name
    assert error.remedy.endswith("send format: json.")
    assert refused(form, limit="5").field == "limit"


@pytest.mark.parametrize("form", [Format.JSON, Format.TXT, Format.MD])
def test_only_subtitles_have_an_origin(form: Format) -> None:
    error = refused(form, origin="2026-11-21T04:51:57Z")
    assert error.field == "origin"
    assert error.remedy.endswith("send format: vtt, srt.")


@pytest.mark.parametrize("name", ["cursor", "q"])
def test_two_that_say_where_to_look_do_not_go_together(name: str) -> None:
    assert refused(Format.JSON, since="x", **{name: PARTS[name]}).field == "since"


def test_a_search_may_be_read_page_by_page() -> None:
    check_fitting(query(q="boat", limit="5", cursor="x"), Format.JSON)


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "0"), ("limit", "1001"), ("limit", "x"), ("q", "x" * 257), ("q", "x" * 10_000), ("page", "2")],
)
def test_what_no_transcript_has_is_refused(name: str, value: str) -> None:
    with pytest.raises(InputRefused) as error:
        query(**{name: value})
    assert error.value.field == name
    assert len(str(error.value)) < 200
    assert error.value.remedy
