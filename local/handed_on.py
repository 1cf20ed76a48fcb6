"""Whether Web PubSub has anything left that it took in from a transcript socket.

When a socket breaks, Web PubSub gives up what it has not handed to the event handler by then, be it in the middle of a
request. Such words are lost before anybody could keep them, so the demos break no socket that has some on its way.
"""

from .api import Api


async def is_handed_on(web_pubsub: Api, session_id: str) -> bool:
    """Whether every frame of a session's sockets was delivered."""
    sockets = await web_pubsub.get(f"/sim/connections?hub=transcript&userId={session_id}")
    return all(one["framesReceived"] == one["eventsDelivered"] for one in sockets)
