"""The decisions of the Web PubSub stand-in that need no socket."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.web_pubsub import validation
from local.web_pubsub.cloud_events import Reply, handler_url, signature_of
from local.web_pubsub.counters import billed
from local.web_pubsub.errors import ReplayFull
from local.web_pubsub.payload import Payload
from local.web_pubsub.permissions import permissions_of, wildcard
from local.web_pubsub.reliable import ACKS, BYTES, MESSAGES, AckHistory, Replay
from local.web_pubsub.subprotocol import group_message, server_message, with_sequence_id
from local.web_pubsub.validation import Validation
from tests.waiting import until


@pytest.mark.parametrize(
    ("status", "succeeded"), [(204, True), (299, True), (302, False), (599, False), (None, False)]
)
def test_any_status_of_a_handler_is_a_success_or_none(status: int | None, *, succeeded: bool) -> None:
    assert Reply(status).succeeded is succeeded


@pytest.mark.parametrize(
    ("pattern", "group", "matches"),
    [
        ("a.*", "a.b", True),
        ("a.*", "a.b.c", False),
        ("a.**", "a.b.c", True),
        ("a.?", "a.b", True),
        ("a.?", "a.bc", False),
        ("a?b", "a.b", False),
        ("**", "any.thing", True),
        ("a+b", "aab", False),
        ("A.*", "a.b", False),
    ],
)
def test_a_star_stays_in_its_part_two_cross_parts_and_a_question_mark_is_one_character(
    pattern: str, group: str, *, matches: bool
) -> None:
    assert bool(wildcard(pattern).fullmatch(group)) is matches


def test_roles_give_what_they_name_and_nothing_else() -> None:
    permissions = permissions_of(["webpubsub.sendToGroup.a", "webpubsub.joinLeaveGroup", "webpubsub.unknown"])
    assert permissions.send.allows("a")
    assert not permissions.send.allows("b")
    assert permissions.join_leave.allows("b")


@given(st.text(min_size=1))
def test_a_pattern_without_wildcards_matches_itself_only(name: str) -> None:
    literal = "".join(character for character in name if character not in "*?")
    assert wildcard(literal).fullmatch(literal)
    assert not wildcard(literal).fullmatch(literal + "x")


def test_a_replay_holds_a_thousand_messages_and_no_more() -> None:
    replay = Replay()
    for _ in range(MESSAGES):
        replay.number(b"{}")
    with pytest.raises(ReplayFull):
        replay.number(b"{}")
    replay.acknowledge(1)
    assert replay.number(b'{"a":1}') == b'{"a":1,"sequenceId":1001}'


def test_a_replay_holds_sixteen_mebibytes_and_no_more() -> None:
    replay = Replay()
    mebibyte = b'{"a":"' + b"x" * (1024 * 1024 - 40) + b'"}'
    for _ in range(16):
        replay.number(mebibyte)
    assert replay.size <= BYTES
    with pytest.raises(ReplayFull):
        replay.number(mebibyte)


@given(st.lists(st.integers(0, 60), max_size=10), st.integers(0, 50))
def test_what_is_pending_is_what_was_not_acknowledged_in_order(acks: list[int], count: int) -> None:
    replay = Replay()
    for _ in range(count):
        replay.number(b'{"a":1}')
    for ack in acks:
        replay.acknowledge(ack)
    numbers = [json.loads(message)["sequenceId"] for message in replay.pending()]
    assert numbers == list(range(max([0, *acks]) + 1, count + 1))
    assert replay.size == sum(len(message) for message in replay.pending())


def test_ack_ids_are_remembered_up_to_a_thousand() -> None:
    acks = AckHistory()
    for ack_id in range(ACKS + 1):
        acks.remember(ack_id)
    assert not acks.used(0)
    assert acks.used(1)
    assert not acks.used(None)


def test_a_signature_covers_the_connection_id_under_each_key_in_lower_case_hex() -> None:
    signature = signature_of("connection", ("primary", "secondary"))
    first, second = signature.split(",")
    # As `printf connection | openssl dgst -sha256 -hmac primary` says.
    assert first == "sha256=d2d8661a6c9a106a749a3c85eafd5f77d48fd63029b0d1d0f54f686b1b14f188"
    assert second.startswith("sha256=")
    assert second != first


def test_a_handler_s_address_names_hub_and_event_escaped() -> None:
    assert handler_url("http://h/{hub}/{event}?code=%2B", "a", "b/c") == "http://h/a/b%2Fc?code=%2B"


@given(st.text(), st.dictionaries(st.text(), st.text()))
def test_messages_are_json_whatever_they_carry(text: str, data: dict[str, str]) -> None:
    plain = json.loads(group_message(text, None, Payload("text", text.encode())))
    assert (plain["group"], plain["data"]) == (text, text)
    as_json = server_message(Payload("json", json.dumps(data).encode()))
    assert json.loads(with_sequence_id(as_json, 7)) == {
        "type": "message",
        "from": "server",
        "dataType": "json",
        "data": data,
        "sequenceId": 7,
    }


@pytest.mark.parametrize(("size", "steps"), [(0, 1), (1, 1), (2_048, 1), (2_049, 2), (1_048_576, 512)])
def test_a_message_is_billed_in_steps_of_two_kilobytes(size: int, steps: int) -> None:
    assert billed(size) == steps


class Asked:
    """Answers validations as it is told to, and counts them."""

    def __init__(self) -> None:
        self.times = 0
        self.allowed: tuple[str, ...] = ("*",)

    async def __call__(self, *_: str) -> Reply:
        self.times += 1
        return Reply(200, allowed_origins=self.allowed)


async def test_a_pass_is_renewed_beside_and_counts_until_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "HOLDS", 0.0)
    asked = Asked()
    judge = Validation(asked)
    assert await judge.passed("http://h/", "origin")
    asked.allowed = ()
    assert await judge.passed("http://h/", "origin")
    await until(lambda: asked.times == 2)
    assert not await judge.passed("http://h/", "origin")
    await judge.close()


async def test_a_pass_holds_without_asking_again() -> None:
    asked = Asked()
    judge = Validation(asked)
    for _ in range(3):
        assert await judge.passed("http://h/", "origin")
    assert asked.times == 1
    await judge.close()


async def test_a_validation_that_takes_too_long_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(url: str, origin: str) -> Reply:
        await asyncio.Event().wait()
        return Reply(200, allowed_origins=("*",))

    monkeypatch.setattr(validation, "WITHIN", 0.01)
    judge = Validation(never)
    assert not await judge.passed("http://h/", "origin")
    await judge.close()
