"""What users want of sessions that are there, whosever calls they are."""

from collections.abc import Callable, Coroutine
from typing import Any

from functions.lifecycle.session import Session
from functions.services import erasure, sessions
from tests.simulation.hosts import OK
from tests.simulation.scene import Scene

LOCALES = ("en-US", "de-DE", "fr-FR")


class Users:
    """They choose a session and wish for something; `erased` are those whose erasure was promised."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.erased: set[str] = set()

    async def stop(self) -> None:
        """Somebody stops a session."""
        known = self.scene.session_ids()
        if known:
            await self.stop_one(self.scene.chance.choice(known))

    async def stop_one(self, session_id: str) -> None:
        """Somebody stops this session."""
        await self.scene.do(f"stop {session_id[-6:]}", sessions.stop(self.scene.ports, session_id))

    async def wish(self) -> None:
        """Somebody wants something else of a session."""
        known = self.scene.all_sessions()
        if not known:
            return
        session = self.scene.chance.choice(known)
        wishes = self.wishes(session)
        name, work, _ = self.scene.chance.choices(wishes, [weight for _, _, weight in wishes])[0]
        status, _ = await self.scene.do(f"{name} {session.id[-6:]}", work())
        if name == "erase" and status == OK:
            self.erased.add(session.id)

    def wishes(self, session: Session) -> tuple[tuple[str, Callable[[], Coroutine[Any, Any, Any]], int], ...]:
        """What can be wished for: its name, its work and its weight."""
        ports = self.scene.ports
        locale = self.scene.chance.choice(session.request.locales or LOCALES)
        return (
            ("restart", lambda: sessions.restart(ports, session.id), 3),
            (f"locale {locale}", lambda: sessions.change_locale(ports, session.id, locale), 3),
            ("names", lambda: sessions.name_speakers(ports, session.id, {"8:acs:ada": "Ada"}), 1),
            ("erase", lambda: erasure.erase(ports, session.id), 1),
        )
