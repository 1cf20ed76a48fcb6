"""`python -m tests.bench.index_child FOLDER`: prints how many ms importing and indexing the app there takes."""

import asyncio
import sys
import time
from pathlib import Path

from local.functions_host.app import index_app

started = time.perf_counter()
asyncio.run(index_app(Path(sys.argv[1])))
print((time.perf_counter() - started) * 1000)  # noqa: T201 - its one line
