import pytest

from functions.lifecycle.raw_ids import is_acs_user, is_bot, is_phone, read_number, read_person

USER = "8:acs:6d889502-3d7a-41a8-befa-d21fd80e8767_00000028-2f1d-00d2-e64a-5c3a0d006c75"
TEAMS = "8:orgid:0f5e2b6c-0f5e-4b6c-9a1b-2c3d4e5f6a7b"


@pytest.mark.parametrize(
    ("text", "raw_id"),
    [
        (USER, USER),
        (f" {TEAMS}\n", TEAMS),
        ("+15551230000", "4:+15551230000"),
        ("4:+15551230000", "4:+15551230000"),
        ("+12", "4:+12"),
        ("+123456789012345", "4:+123456789012345"),
    ],
)
def test_a_person_is_named_by_raw_id_or_number(text: str, raw_id: str) -> None:
    assert read_person(text) == raw_id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "15551230000",
        "+0555",
        "+1",
        "+1234567890123456",
        "+\u0661\u0662\u0663",
        "4:",
        "4:1555",
        "4:4:+15551230000",
        "8:acs:",
        "8:acs:a b",
        "8:acs:é",
        "8:acs:" + "a" * 201,
        "8:live:ada",
        "28:bot",
    ],
)
def test_other_texts_name_nobody(text: str) -> None:
    assert read_person(text) is None


def test_a_number_is_in_e164_and_no_raw_id() -> None:
    assert read_number(" +15551230000 ") == "+15551230000"
    assert read_number("4:+15551230000") is None


def test_the_kinds_of_raw_ids_are_told_apart() -> None:
    raw_ids = (USER, TEAMS, "4:+15551230000", "28:6d889502")
    assert [is_acs_user(raw_id) for raw_id in raw_ids] == [True, False, False, False]
    assert [is_phone(raw_id) for raw_id in raw_ids] == [False, False, True, False]
    assert [is_bot(raw_id) for raw_id in raw_ids] == [False, False, False, True]
