import pytest

from functions.transcript.formats.choice import Format
from functions.transcript.versions import etag_of, is_known
from tests.unit.transcript.formats.told import session

ETAG = '"7-vtt-1"'


def test_a_transcript_that_may_grow_has_no_etag() -> None:
    assert etag_of(session(transcript_ended=False), Format.VTT) is None
    assert etag_of(session(transcript_ended=True, sockets=("open",)), Format.VTT) is None


def test_each_format_and_each_revision_has_its_own() -> None:
    ended = [session(transcript_ended=True, revision=revision) for revision in (7, 8)]
    etags = [etag_of(one, form) for one in ended for form in Format]
    assert etags[1] == ETAG
    assert len(set(etags)) == 2 * len(Format)


@pytest.mark.parametrize(
    "known", [ETAG, f"W/{ETAG}", f'"6-vtt-1", {ETAG}', f'W/"6-vtt-1",W/{ETAG} ', "*", " * "]
)
def test_one_who_has_it_is_known(known: str) -> None:
    assert is_known(ETAG, known)


@pytest.mark.parametrize("known", ["", '"6-vtt-1"', "7-vtt-1", '"7-vtt-1', '"*"', f"{ETAG[:-1]}x", ","])
def test_one_who_has_another_is_not(known: str) -> None:
    assert not is_known(ETAG, known)
