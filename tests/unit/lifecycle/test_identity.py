import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.lifecycle.identity import ALPHABET, is_ulid, ulid, ulid_time

MOMENTS = st.integers(0, (1 << 48) - 1)
CHANCE = st.binary(min_size=10, max_size=10)


def test_a_ulid_is_the_one_of_the_specification() -> None:
    assert ulid(1469918176385, bytes(10)) == "01ARYZ6S410000000000000000"
    assert ulid((1 << 48) - 1, b"\xff" * 10) == "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"


@given(MOMENTS, CHANCE)
def test_a_ulid_holds_its_moment(moment: int, chance: bytes) -> None:
    made = ulid(moment, chance)
    assert is_ulid(made)
    assert ulid_time(made) == moment


@given(MOMENTS, CHANCE, MOMENTS, CHANCE)
def test_ulids_sort_by_their_moment(early: int, first: bytes, late: int, second: bytes) -> None:
    if early < late:
        assert ulid(early, first) < ulid(late, second)


@given(MOMENTS, CHANCE, CHANCE)
def test_other_chance_is_another_id(moment: int, first: bytes, second: bytes) -> None:
    assert (ulid(moment, first) == ulid(moment, second)) == (first == second)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01ARYZ6S41000000000000000",
        "01ARYZ6S4100000000000000000",
        "81ARYZ6S410000000000000000",
        "/1ARYZ6S410000000000000000",
        "01aryz6s410000000000000000",
        "01ARYZ6S41000000000000000I",
        "01ARYZ6S41000000000000000U",
        "01ARYZ6S4100000000000000/0",
        "\u06601ARYZ6S410000000000000000",
        "01ARYZ6S4100000000000000\n0",
    ],
)
def test_what_is_not_a_ulid_is_not_taken_for_one(text: str) -> None:
    assert not is_ulid(text)


def test_letters_that_look_alike_are_not_used() -> None:
    assert not set("ILOU") & set(ALPHABET)
