"""A query is read by its type: what is not in it, or out of bounds, is named with what to send instead."""

from typing import Annotated, Literal

import azure.functions as func
import pytest
from msgspec import Meta

from functions.errors import InputRefused
from functions.lifecycle.session import State
from functions.triggers.query import Query, read_query
from functions.triggers.sessions import JournalQuery, ListQuery

Hour = Annotated[
    str, Meta(pattern=r"^\d\d:00$", max_length=5, extra={"wrong": "is no full hour", "remedy": "Send 09:00."})
]


class MeetingQuery(Query, frozen=True):
    begins_at: Hour | None = None
    size: Annotated[int, Meta(ge=2, le=40)] | None = None
    kind: Literal["public", "private"] = "public"


def request(**params: str) -> func.HttpRequest:
    return func.HttpRequest("GET", "https://app.example/api/sessions", params=params, body=b"")


def refused(form: type[Query], **params: str) -> InputRefused:
    with pytest.raises(InputRefused) as caught:
        read_query(request(**params), form)
    return caught.value


def test_what_is_not_given_is_the_default() -> None:
    assert read_query(request(), ListQuery) == ListQuery()
    assert read_query(request(), ListQuery).limit == 20
    assert read_query(request(), MeetingQuery) == MeetingQuery(None, None, "public")


def test_what_is_given_is_read() -> None:
    query = read_query(request(state="active", tag="null", serverCallId="1"), ListQuery)
    assert (query.state, query.tag, query.server_call_id) == (State.ACTIVE, "null", "1")
    assert read_query(request(beginsAt="09:00", size="02", kind="private"), MeetingQuery) == MeetingQuery(
        "09:00", 2, "private"
    )


def test_the_key_that_the_host_reads_is_none_of_the_parameters() -> None:
    assert read_query(request(code="a key", clientId="default", tag="a"), ListQuery) == ListQuery(tag="a")


@pytest.mark.parametrize("text", ["1", "20", "100", "007"])
def test_a_number_within_its_bounds_is_taken(text: str) -> None:
    assert read_query(request(limit=text), ListQuery).limit == int(text)


@pytest.mark.parametrize(
    "text", ["", "0", "101", "-1", "1.5", "1.0", "²", "٣", "9" * 5_000, "0x10", "1e2", " 5", "null", "1,2"]
)
def test_a_number_out_of_bounds_is_refused_by_name(text: str) -> None:
    problem = refused(ListQuery, limit=text)
    assert problem.field == "limit"
    assert str(problem).endswith(" is not a number from 1 to 100.")
    assert len(str(problem)) < 120
    assert problem.remedy == "Send 1 to 100, or nothing."


def test_the_bounds_of_a_number_that_may_be_missing_are_told() -> None:
    assert refused(MeetingQuery, size="41").remedy == "Send 2 to 40, or nothing."


@pytest.mark.parametrize("text", ["", "asleep", "null", "ACTIVE", "𝄞" * 1_000])
def test_a_word_that_is_not_among_those_allowed_is_refused_with_the_list(text: str) -> None:
    problem = refused(ListQuery, state=text)
    assert problem.field == "state"
    assert problem.remedy.startswith("Send one of connecting, starting, active, ")
    assert len(str(problem)) < 120
    assert refused(MeetingQuery, kind=text).remedy == "Send one of public, private."


def test_a_text_in_another_form_is_told_what_its_type_says() -> None:
    problem = refused(MeetingQuery, beginsAt="09:30")
    assert (str(problem), problem.field, problem.remedy) == (
        "beginsAt is no full hour.",
        "beginsAt",
        "Send 09:00.",
    )
    assert str(refused(MeetingQuery, beginsAt="100:00")) == "beginsAt is longer than 5 characters."


@pytest.mark.parametrize("cursor", ["", "a'b", "\n", "01JGZ6S2\n", "%", "é"])
def test_a_cursor_that_is_not_one_of_ours_is_refused(cursor: str) -> None:
    problem = refused(ListQuery, cursor=cursor)
    assert (problem.field, problem.remedy) == ("cursor", "Send `next` of the page before.")


@pytest.mark.parametrize("cursor", ["", "0", "01JGZ6S2", "1763686417874-00000001-" + "g" * 32])
def test_a_cursor_of_something_else_than_a_journal_is_refused(cursor: str) -> None:
    problem = refused(JournalQuery, cursor=cursor)
    assert (problem.field, problem.remedy) == ("cursor", "Send `next` of the page before.")
    place = "1763686417874-00000001-" + "0" * 32
    assert read_query(request(cursor=place), JournalQuery) == JournalQuery(1000, place)


def test_a_parameter_that_would_be_ignored_is_named_with_those_that_there_are() -> None:
    problem = refused(ListQuery, roomid="1")
    assert problem.field == "roomid"
    assert "roomId, tag, limit" in problem.remedy
    assert len(refused(ListQuery, **{"x" * 5_000: "1"}).field) == 80
