"""The Function App: indexed and invoked by azure-functions-runtime, the library of Azure's Python worker.

Unlike Azure, host and worker share one process and one event loop, there is no function time-out
(`functionTimeout`), and the thread pool of sync functions has Python's default size.
"""

import json
import logging
import sys
import uuid
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from random import getrandbits
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as runtime
from azure_functions_runtime.logging import logger as runtime_log

from .errors import AppError, InvocationError
from .messages import PROTOS, ParameterBinding, StatusResult, TypedData

invoked_function: ContextVar[str] = ContextVar("invoked_function", default="host")

BINDINGS_SERVED = frozenset({"httpTrigger", "http", "timerTrigger"})
NO_RETRY = SimpleNamespace(retry_count=0, max_retry_count=0, exception=None)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the app: its id for the library, its trigger's parameter and declaration."""

    name: str
    function_id: str
    trigger: dict[str, Any]

    @property
    def trigger_type(self) -> str:
        """`httpTrigger` or `timerTrigger`."""
        return str(self.trigger["type"])


async def index_app(app_dir: Path) -> list[Function]:
    """Imports `function_app.py` of `app_dir` and lists its functions.

    Raises AppError with the app's own error if that fails.
    """
    runtime_log.setLevel(logging.WARNING)  # it logs two lines for each invocation at INFO
    sys.path.insert(0, str(app_dir))
    runtime.start_threadpool_executor()
    start = SimpleNamespace(capabilities={}, function_app_directory=str(app_dir))
    answer = await runtime.worker_init_request(_to_library(worker_init_request=start))
    if answer.result.status != StatusResult.Success:
        raise AppError(f"The app cannot be indexed.\n{answer.result.exception.stack_trace}")
    answer = await runtime.functions_metadata_request(_to_library())
    if not answer.function_metadata_results:
        raise AppError(f"There is no app with functions in {app_dir}.")
    return [_function(metadata) for metadata in answer.function_metadata_results]


def _to_library(**request: Any) -> SimpleNamespace:
    return SimpleNamespace(
        request=SimpleNamespace(**request), properties={"host": "127.0.0.1", "protos": PROTOS}
    )


def _function(metadata: Any) -> Function:
    bindings = [json.loads(binding) for binding in metadata.raw_bindings]
    for binding in bindings:
        if binding["type"] not in BINDINGS_SERVED:
            raise AppError(
                f"The function {metadata.name} has a {binding['type']}, which this host does not run."
            )
    trigger = next((binding for binding in bindings if binding["type"].endswith("Trigger")), None)
    if trigger is None:
        raise AppError(f"The function {metadata.name} has no trigger.")
    return Function(metadata.name, metadata.function_id, trigger)


async def invoke(function: Function, trigger_value: TypedData, trace_parent: str | None = None) -> Any:
    """The function's return value as a TypedData, or None.

    Raises InvocationError if the function raised or returned what its binding cannot carry.
    """
    invoked_function.set(function.name)
    invocation = SimpleNamespace(
        invocation_id=str(uuid.uuid4()),
        function_id=function.function_id,
        input_data=[ParameterBinding(function.trigger["name"], trigger_value)],
        trigger_metadata=None,
        trace_context=SimpleNamespace(
            trace_parent=trace_parent or f"00-{getrandbits(128):032x}-{getrandbits(64):016x}-00",
            trace_state="",
            attributes={},
        ),
        retry_context=NO_RETRY,
    )
    answer = await runtime.invocation_request(_to_library(invocation_request=invocation))
    if answer.result.status != StatusResult.Success:
        raise InvocationError(answer.result.exception.stack_trace)
    return answer.return_value
