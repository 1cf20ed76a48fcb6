"""Import and index of the app in fresh processes, in turns with an app of one empty function."""

from pathlib import Path

from local.child_process import PROJECT
from tests.bench.figures import Figure, Scale, compare
from tests.bench.fresh_process import lone_settings, output_of

NAMES = ("cold_import",)
EMPTY_APP = Path(__file__).parent / "empty_app"


async def measure(scale: Scale) -> list[Figure]:
    """The figure. The first process of each writes byte code and is not counted."""
    settings = lone_settings()
    ours, limit = [], []
    for _ in range(scale.cold_rounds + 1):
        ours.append(await milliseconds(PROJECT, settings))
        limit.append(await milliseconds(EMPTY_APP, settings))
    return [compare("cold_import", ours[1:], limit[1:], "ms", "<=1.5")]


async def milliseconds(app_dir: Path, settings: dict[str, str]) -> float:
    """One fresh process."""
    return float(await output_of(("tests.bench.index_child", str(app_dir)), settings))
