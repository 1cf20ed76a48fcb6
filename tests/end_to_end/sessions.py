"""Sessions over the API: started, stopped, awaited, read."""

from collections.abc import Mapping
from typing import Any

from tests.end_to_end.calls import Call, make_call
from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.rows import comes_to_rest

type Session = dict[str, Any]


async def start(cloud: Cloud, call: Mapping[str, Any], **more: Any) -> Session:
    """A new session of a call."""
    answer = await cloud.api("POST", "/api/sessions", {"call": call, **more})
    assert answer.status == 202, answer.text
    assert answer.headers["Location"] == f"/api/sessions/{answer.body['id']}"
    session: Session = answer.body
    return session


async def stop(cloud: Cloud, session: Session) -> Session:
    """The session on its way to its end."""
    answer = await cloud.api("POST", f"/api/sessions/{session['id']}/stop")
    assert answer.status == 202, answer.text
    stopping: Session = answer.body
    return stopping


async def read(cloud: Cloud, session: Session) -> Session:
    """The session as it is now."""
    answer = await cloud.api("GET", f"/api/sessions/{session['id']}")
    assert answer.status == 200, answer.text
    found: Session = answer.body
    return found


async def reaches(cloud: Cloud, session: Session, state: str) -> Session:
    """The session as soon as it is in that state. AssertionError with its journal if it does not get there."""

    async def look() -> Session:
        found = await read(cloud, session)
        return found if found["state"] == state else {}

    try:
        return await eventually(look)
    except TimeoutError:
        happened = "\n".join(map(str, await journal(cloud, session)))
        raise AssertionError(f"It is not {state}: {await read(cloud, session)}\n{happened}") from None


async def transcribed(cloud: Cloud, **more: Any) -> tuple[Call, Session]:
    """A call of its own with a session that transcribes it, and is at rest."""
    call = await make_call(cloud)
    session = await reaches(cloud, await start(cloud, call.by_group, **more), "active")
    await comes_to_rest(cloud, session)
    return call, await read(cloud, session)


async def stopped(cloud: Cloud, session: Session) -> Session:
    """The session after a stop has come to its end."""
    await stop(cloud, session)
    return await reaches(cloud, session, "stopped")


async def over(cloud: Cloud, session: Session) -> Session:
    """The session at its end, as it stays: its transcript has ended too."""
    await reaches(cloud, session, "stopped")
    await comes_to_rest(cloud, session)
    return await read(cloud, session)


async def journal(cloud: Cloud, session: Session) -> list[dict[str, Any]]:
    """What happened to the session, oldest first."""
    answer = await cloud.api("GET", f"/api/sessions/{session['id']}/events")
    assert answer.status == 200, answer.text
    entries: list[dict[str, Any]] = answer.body["events"]
    return entries


async def names(cloud: Cloud, session: Session) -> list[str]:
    """The names of what happened."""
    return [entry["event"] for entry in await journal(cloud, session)]


async def known_people(cloud: Cloud, session: Session) -> set[str]:
    """Who is in the call, by the newest news that the session has of it."""
    told = [one["detail"] for one in await journal(cloud, session) if one["event"] == "participants-changed"]
    return set(max(told, key=lambda news: int(news["sequence"]))["people"]) if told else set()


async def noted(cloud: Cloud, session: Session, name: str) -> None:
    """Waits until something of that name happened."""

    async def look() -> bool:
        return name in await names(cloud, session)

    await eventually(look)


async def transcript(cloud: Cloud, session: Session, query: str = "") -> dict[str, Any]:
    """The stored transcript, or a page of it."""
    answer = await cloud.api("GET", f"/api/sessions/{session['id']}/transcript{query}")
    assert answer.status == 200, answer.text
    page: dict[str, Any] = answer.body
    return page


async def texts(cloud: Cloud, session: Session) -> list[str]:
    """What was stored, in order, without gaps."""
    lines = (await transcript(cloud, session))["segments"]
    return [line["text"] for line in lines if "text" in line]


async def stores(cloud: Cloud, session: Session, count: int) -> list[str]:
    """The stored texts as soon as there are so many."""

    async def look() -> list[str]:
        found = await texts(cloud, session)
        return found if len(found) >= count else []

    return await eventually(look)
