"""Which Web PubSub resource has a session's sockets, where there are several.

Rendezvous hashing: each resource draws a number for each session, and the highest has it. So a resource that comes
takes its share from all others, one that goes leaves its share to all others, and nothing else moves.
"""

import hashlib
from collections.abc import Collection

from functions.lifecycle.session import Session


def choose_web_pubsub(session_id: str, names: Collection[str]) -> str:
    """The resource, of those with these names, that is a new session's; the names' order does not matter."""
    return max(names, key=lambda name: (draw(session_id, name), name))


def draw(session_id: str, name: str) -> bytes:
    """What a resource draws for a session."""
    return hashlib.blake2b(f"{session_id}/{name}".encode(), digest_size=8).digest()


def web_pubsub_of(session: Session, names: Collection[str]) -> str:
    """The resource that has a session's sockets: the one it began with, as long as that is among those listed."""
    if session.web_pubsub in names:
        return session.web_pubsub
    return choose_web_pubsub(session.id, names)
