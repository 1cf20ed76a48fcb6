"""The form in which result codes are listed."""

from typing import NamedTuple

from functions.lifecycle.session import Cause

ANY_STATUS = 0
"""In a row: Microsoft lists the subCode alone, so the status does not matter."""


class ResultCode(NamedTuple):
    """A row: `fragment` tells rows with the same code and subCode apart by their message.

    A row with a `reason` speaks of a provider's word instead. `meaning` is what ACS says with it, `remedy` what a
    person can do; `retryable` that doing the same again may help, and `cause` is that of a session which ends by it:
    `closed` where the call only ended as calls do.
    """

    code: int
    sub_code: int
    fragment: str
    meaning: str
    retryable: bool
    cause: Cause
    remedy: str
    reason: str = ""


class Advice(NamedTuple):
    """What several codes have in common."""

    remedy: str
    retryable: bool = False
    cause: Cause = Cause.ERROR


def rows(advice: Advice, *codes: tuple[int, int, str]) -> tuple[ResultCode, ...]:
    """The rows of codes (status, subCode, meaning) that call for the same advice."""
    return tuple(
        ResultCode(code, sub_code, "", meaning, advice.retryable, advice.cause, advice.remedy)
        for code, sub_code, meaning in codes
    )
