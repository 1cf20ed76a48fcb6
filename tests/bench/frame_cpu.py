"""CPU time per frame, storage and sends stubbed: our function against its steps written down bare.

Both run in one process, in Azure's runtime library, in turns. No interim is dropped (`INTERIM_INTERVAL_MS` is 0),
so that both do their longest work.
"""

import json

from tests.bench.figures import Figure, Scale, compare, progress
from tests.bench.fresh_process import lone_settings, output_of

NAMES = ("frame_cpu",)
CHILD = "tests.bench.frame_cpu_child"


async def measure(scale: Scale) -> list[Figure]:
    """The figure."""
    arguments = (CHILD, str(scale.cpu_rounds), str(scale.cpu_utterances))
    found = json.loads(await output_of(arguments, lone_settings()))
    progress(f"frame_cpu: a function that does nothing takes {min(found['empty']):.0f} us in the same host")
    return [compare("frame_cpu", found["web_pubsub_events"], found["bare"], "us", "<=1.5")]
