"""Sessions shared out among Web PubSub resources: evenly, and for their life."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from functions.lifecycle.identity import ulid
from functions.lifecycle.sharding import choose_web_pubsub, web_pubsub_of
from tests.unit.lifecycle.story import BIRTH, active

CHANCE = Random(1)
SESSIONS = [ulid(1_700_000_000_000 + number, CHANCE.randbytes(10)) for number in range(4_000)]
NAMES = [f"wps-verbatim-{number}.webpubsub.azure.com" for number in range(10)]
LISTS = st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=10, unique=True)
IDS = st.sampled_from(SESSIONS)


@pytest.mark.parametrize("count", [2, 3, 10])
def test_each_resource_gets_about_its_share(count: int) -> None:
    shares = Counter(choose_web_pubsub(session, NAMES[:count]) for session in SESSIONS)
    fair = len(SESSIONS) / count
    assert set(shares) == set(NAMES[:count])
    assert all(0.8 * fair < share < 1.2 * fair for share in shares.values())


@given(IDS, LISTS, st.randoms())
def test_the_order_of_the_list_does_not_matter(session: str, names: list[str], random: Random) -> None:
    shuffled = random.sample(names, len(names))
    assert choose_web_pubsub(session, shuffled) == choose_web_pubsub(session, names)


@given(IDS, LISTS, st.text(min_size=1))
def test_one_that_comes_takes_its_share_and_moves_nothing_else(
    session: str, names: list[str], new: str
) -> None:
    assert choose_web_pubsub(session, [*names, new]) in {new, choose_web_pubsub(session, names)}


@given(IDS, LISTS, st.data())
def test_one_that_goes_leaves_the_sessions_of_the_others_where_they_are(
    session: str, names: list[str], data: st.DataObject
) -> None:
    chosen = choose_web_pubsub(session, names)
    going = data.draw(st.sampled_from(names))
    left = [name for name in names if name != going]
    if going != chosen:
        assert choose_web_pubsub(session, left) == chosen


def test_the_same_session_comes_to_the_same_resource_in_every_version() -> None:
    assert choose_web_pubsub(BIRTH.id, NAMES) == NAMES[6]


@given(LISTS)
def test_a_session_keeps_its_resource_though_others_come_and_go(names: list[str]) -> None:
    session = replace(active().session, web_pubsub="mine")
    assert web_pubsub_of(session, [*names, "mine"]) == "mine"


@given(LISTS)
def test_a_session_whose_resource_is_gone_comes_to_one_that_is_there(names: list[str]) -> None:
    session = replace(active().session, web_pubsub="a resource that is gone" + "".join(names))
    assert web_pubsub_of(session, names) == choose_web_pubsub(session.id, names)
