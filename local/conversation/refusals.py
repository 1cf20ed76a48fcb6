"""Requests that are refused, and what is refused to whoever steers any stand-in for calls."""

from typing import Any

from local.conversation.state import Conversations


class Refusal(Exception):
    """A request is answered with this HTTP status and code; `retry_after` in seconds."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after


def bad(sentence: str) -> Refusal:
    """What is asked cannot be."""
    return Refusal(400, "badRequest", sentence)


def call_named[Call](world: Conversations[Any, Call, Any], sim_id: str) -> Call:
    """The call with this id. Raises Refusal (404)."""
    if sim_id not in world.calls:
        raise Refusal(404, "noSuchCall", f"There is no call {sim_id}.")
    return world.calls[sim_id]
