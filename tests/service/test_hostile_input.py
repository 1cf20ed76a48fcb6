"""Input that is made to break something: it is refused like any other, and costs no more than its length."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import cast

import azure.functions as func
import pytest

from functions.adapters.web_pubsub import signer_of
from functions.errors import InputRefused
from functions.services.health import StorageCheck
from functions.services.ports import SessionStore
from functions.transcript.folding import fold
from functions.transcript.formats.wrapping import wrap
from functions.transcript.frames import LARGEST_FRAME
from functions.triggers.query import read_query
from functions.triggers.sessions import ListQuery
from functions.triggers.start_input import read_start
from functions.triggers.transcript_query import TranscriptQuery
from functions.triggers.transcript_stream import call_connection, reason_of
from tests.service.bed import Clock

LIKE_A_COMPLAINT = [
    "x` - at `$.nope",
    "x` - at `$.call.to[0].x",
    "x` - at `$.call.from.x",
    "x` - at `$.speakers[...]",
    "x` - at `$[0]",
    "x` - at `$[...]",
    "x` - at `key` in `$.call",
    "x` - at `key` in `$",
    "unknown field `call",
    "missing required field `call`",
    "`",
]
"""Names that end as msgspec's complaints do, which are read for the place of a mistake."""
UNREADABLE = {
    "no JSON": b"hello",
    "no UTF-8": b'{"headers": {"\xff": []}, "reason": "\xff"}',
    "a deep nest": b'{"claims": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "a nest without an end": b"[" * 60_000,
    "more than a MiB": b'{"claims": "' + b" " * 1_100_000 + b'"}',
}
LONG = {
    "accents upon one letter": lambda length: fold("a" + "\u0301\u0323" * (length // 2)),
    "marks of two orders": lambda length: fold("a" + "\u0345\u0334" * (length // 2)),
    "half flags": lambda length: wrap("\U0001f1e6" * length),
    "joiners": lambda length: wrap("\u200d" * length),
    "brackets in a name": lambda length: refusal_of(b'{"x` - at `$%s": 1}' % (b"[" * length)),
}


def refusal_of(body: bytes) -> InputRefused:
    with pytest.raises(InputRefused) as refused:
        read_start(func.HttpRequest(method="POST", url="/", body=body))
    return refused.value


@pytest.mark.parametrize("name", LIKE_A_COMPLAINT)
def test_a_field_is_refused_whatever_its_name_looks_like(name: str) -> None:
    shown = name.partition("`")[0]
    for body in ({name: 1}, {"call": {name: 1}}, {"call": {"groupCallId": "g"}, "speakers": {name: ""}}):
        assert shown in str(refusal_of(json.dumps(body).encode()))


@pytest.mark.parametrize("name", LIKE_A_COMPLAINT)
@pytest.mark.parametrize("form", [ListQuery, TranscriptQuery])
def test_a_parameter_is_refused_whatever_its_name_looks_like(
    name: str, form: type[ListQuery | TranscriptQuery]
) -> None:
    with pytest.raises(InputRefused):
        read_query(func.HttpRequest(method="GET", url="/", params={name: "1"}, body=b""), form)


@pytest.mark.parametrize("given", ["sha256=\udcff", "\ud800", "sha256=é", ",\udcff,"])
def test_bytes_that_are_no_text_are_no_signature(given: str) -> None:
    assert signer_of(given, "connection", {"resource": "key"}) is None
    assert signer_of("sha256=00", given, {"resource": "key"}) is None


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_a_socket_says_of_itself_is_refused_if_it_cannot_be_read(what: str) -> None:
    with pytest.raises(InputRefused, match="no readable body"):
        call_connection(UNREADABLE[what])
    assert reason_of(UNREADABLE[what]) == ""


@pytest.mark.parametrize("what", LONG)
def test_takes_time_for_its_length_and_no_more(what: str) -> None:
    work: Callable[[int], object] = LONG[what]
    length = LARGEST_FRAME // 4  # a code point beyond the first plane takes four bytes
    begun = time.process_time()
    work(min(length, 60_000))
    assert time.process_time() - begun < 1.0  # were it the square, it would be ten and more


class SlowStore:
    """A store that answers when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def load(self, _: str) -> None:
        self.asked += 1
        self.is_asked.set()
        await self.may_answer.wait()


async def test_however_many_ask_for_the_health_at_once_storage_is_asked_once() -> None:
    store = SlowStore()
    check = StorageCheck(cast("SessionStore", store), Clock())
    asking = [asyncio.create_task(check.check()) for _ in range(100)]
    await store.is_asked.wait()
    store.may_answer.set()
    assert all(found.ready for found in await asyncio.gather(*asking))
    assert store.asked == 1
