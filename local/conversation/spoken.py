"""What was really said in a call, and what of it arrived."""

from itertools import groupby
from typing import Any

from local.conversation.state import Conversation, Hearing, Utterance


def spoken_in(call: Conversation, now: int, heard_by: str) -> list[dict[str, Any]]:
    """What was said by `now`, in parts: each with who heard it (under that name), and whether its final arrived."""
    until = now if call.ended_at is None else call.ended_at
    return [
        part
        for utterance in call.utterances
        for part in _parts(call, utterance, utterance.words_begun(until), heard_by)
    ]


def _parts(call: Conversation, utterance: Utterance, said: int, heard_by: str) -> list[dict[str, Any]]:
    """An utterance as it was heard: one part for each final, and the words that nobody heard."""
    over = said == len(utterance.words) or call.ended_at is not None
    heard = [hearing for hearing in utterance.hearings if hearing.upto is not None or over]
    ranges = [(hearing, range(hearing.first, _end(hearing, said))) for hearing in heard]
    parts = [_part(call, utterance, words, hearing, heard_by) for hearing, words in ranges if words]
    if over:
        covered = {index for _, words in ranges for index in words}
        parts += [_part(call, utterance, words, None, heard_by) for words in _uncovered(said, covered)]
    return sorted(parts, key=lambda part: int(part["offsetMs"]))


def _end(hearing: Hearing, said: int) -> int:
    return said if hearing.upto is None else hearing.upto


def _uncovered(said: int, covered: set[int]) -> list[range]:
    runs = groupby(range(said), key=lambda index: index in covered)
    indexes = [list(run) for known, run in runs if not known]
    return [range(run[0], run[-1] + 1) for run in indexes]


def _part(
    call: Conversation, utterance: Utterance, words: range, hearing: Hearing | None, heard_by: str
) -> dict[str, Any]:
    return {
        "speaker": utterance.speaker,
        "text": " ".join(utterance.words[index].text for index in words),
        "offsetMs": utterance.words[words.start].begins - call.created_at,
        "received": hearing is not None and hearing.received,
        heard_by: hearing.listener_id if hearing else None,
    }
