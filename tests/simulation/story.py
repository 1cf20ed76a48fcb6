"""One world as a story: who did what when, what every session made of it, and what was wrong at the end."""

from functions.lifecycle.journal import Entry
from tests.simulation.run import judge
from tests.simulation.virtual_time import BEGIN_MS, run_virtually
from tests.simulation.world import World

WIDTH = 160


def tell(seed: int) -> int:
    """Print the world of a seed; how many violations it has."""
    return run_virtually(tell_world(seed))


async def tell_world(seed: int) -> int:
    """Live, judge, then print in the order of time."""
    world = World(seed)
    wrong = await judge(world)
    print(f"a world of {world.kind}")
    lines = [(at, line) for at, line in world.scene.trace]
    for session_id in world.scene.session_ids():
        entries = await world.scene.store.journal(session_id)
        lines += [(entry.at, show(session_id, entry)) for entry in entries]
    for at, line in sorted(lines):
        print(f"{(at - BEGIN_MS) / 1000:9.3f} s  {line[:WIDTH]}")
    for line in wrong:
        print(f"seed {seed}: {line}")
    world.close()
    return len(wrong)


def show(session_id: str, entry: Entry) -> str:
    """A line of a session's journal."""
    detail = {name: str(value)[:24] for name, value in entry.detail.items() if value}
    return f"{session_id[-6:]} {entry.name} -> {entry.state} r{entry.revision} {detail or ''}"
