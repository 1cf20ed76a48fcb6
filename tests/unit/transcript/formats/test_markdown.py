from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from functions.transcript.formats.heading import Heading
from functions.transcript.formats.markdown import write_markdown
from functions.transcript.formats.utterances import Utterance, one_line
from functions.transcript.reading import Gap
from tests.unit.transcript.formats.told import gap, told, written

HEADING = Heading("Weekly *sync*", "from 2026-11-21 04:51:57 UTC", "en-US", "active")
READER = MarkdownIt("commonmark").enable("table")
MARKS = st.text(st.sampled_from("#*_-+=>|`~[]()!<>&\\:/.1 ab\u00a0")) | st.text()


def markdown_of(*entries: Utterance | Gap) -> str:
    return written(write_markdown(HEADING), entries)


def blocks(text: str) -> list[tuple[str, str]]:
    """What a reader sees: each block's tag with its text; AssertionError if anything in it is more than text."""
    tokens = READER.parse(text)
    seen = []
    for opening, inline in pairwise(tokens):
        if inline.type == "inline":
            kinds = {child.type for child in inline.children or []}
            assert kinds <= {"text", "text_special", "em_open", "em_close"}, kinds
            seen.append((opening.tag, "".join(child.content for child in inline.children or [])))
    assert {token.type for token in tokens} <= BLOCKS
    return seen


BLOCKS = {
    "heading_open",
    "heading_close",
    "paragraph_open",
    "paragraph_close",
    "inline",
    "bullet_list_open",
    "bullet_list_close",
    "list_item_open",
    "list_item_close",
}


def said_in(*entries: Utterance | Gap) -> list[tuple[str, str]]:
    """The blocks behind the head."""
    return blocks(markdown_of(*entries))[4:]


def test_a_transcript_begins_with_which_one_it_is() -> None:
    assert blocks(markdown_of()) == [
        ("h1", "Weekly *sync*"),
        ("p", "from 2026-11-21 04:51:57 UTC"),
        ("p", "Language: en-US"),
        ("p", "State: active"),
    ]


def test_each_turn_has_a_heading_with_its_time_and_its_speaker() -> None:
    entries = told("Good morning.", 2_321), told("Let us begin.", 5_000), told("Yes.", 9_000, speaker="Ben")
    assert markdown_of(*entries).endswith(
        "## 00:00:02 Ada\n\nGood morning. Let us begin.\n\n## 00:00:09 Ben\n\nYes.\n\n"
    )


def test_a_gap_is_a_paragraph_after_which_the_speaker_is_named_again() -> None:
    assert said_in(told("a", 1_000), gap(2_000, 9_000), told("b", 9_000)) == [
        ("h2", "00:00:01 Ada"),
        ("p", "a"),
        ("p", "Nothing could be heard from 00:00:02 to 00:00:09."),
        ("h2", "00:00:09 Ada"),
        ("p", "b"),
    ]


def test_words_without_letters_are_not_shown() -> None:
    assert said_in(told("")) == []


@pytest.mark.parametrize(
    "text",
    [
        "# no heading",
        "- no list",
        "+ no list",
        "1. no list",
        "1) no list",
        "> no quote",
        "--- no rule",
        "*** no rule",
        "=== no heading",
        "```no code",
        "a `code` b",
        "a *b* _c_ **d**",
        "[a](b) ![a](b) [a]: b",
        "<script>alert(1)</script> <!-- x -->",
        "&lt; &copy;",
        "https://example.com www.example.com a@example.com <https://example.com>",
        "| a | b |",
        "~~a~~",
        "a \\ b \\* c",
        "$x$",
    ],
)
def test_text_that_looks_like_markup_is_text(text: str) -> None:
    assert said_in(told(text)) == [("h2", "00:00:00 Ada"), ("p", text)]


def test_no_address_becomes_a_link_where_markdown_knows_them_bare() -> None:
    text = markdown_of(told("See https://example.com or www.example.com or a@example.com."))
    assert "https\\://example.com or www\\.example.com or a\\@example.com." in text


@given(st.lists(st.tuples(MARKS, MARKS), max_size=3))
def test_whatever_is_said_and_whoever_says_it_is_text(said: list[tuple[str, str]]) -> None:
    entries = [
        told(one_line(text), number * 60_000, speaker=one_line(name) or "Ada")
        for number, (text, name) in enumerate(said)
    ]
    expected = [
        block
        for one in entries
        if one.text
        for block in (("h2", f"00:{one.offset_ms // 60_000:02d}:00 {one.speaker}"), ("p", one.text))
    ]
    assert said_in(*entries) == expected
