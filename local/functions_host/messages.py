"""What azure-functions-runtime asks of its `protos` object.

In Azure these are the protobuf messages of FunctionRpc.proto. The library only builds them and reads
their attributes, so plain objects do.
"""

from types import SimpleNamespace
from typing import Any, ClassVar


class TypedData(SimpleNamespace):
    """One value; its single attribute (`http`, `json`, `bytes`, ...) is its kind."""

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - protobuf's name
        """The name of the attribute that is set."""
        return next(iter(self.__dict__), None)


class ParameterBinding:
    """A named value that goes into or comes out of a function."""

    __slots__ = ("data", "name")

    def __init__(self, name: str, data: TypedData) -> None:
        self.name = name
        self.data = data

    def WhichOneof(self, _group: str) -> str:  # noqa: N802 - protobuf's name
        """Always `data`: the other kind, shared memory, is not offered to the library."""
        return "data"


class StatusResult(SimpleNamespace):
    """How a request to the library ended; numbers as in FunctionRpc.proto."""

    Failure: ClassVar[int] = 0
    Success: ClassVar[int] = 1


class BindingInfo(SimpleNamespace):
    """A binding as declared; numbers as in FunctionRpc.proto."""

    out: ClassVar[int] = 1
    inout: ClassVar[int] = 2
    undefined: ClassVar[int] = 0


# `None` cannot be a class attribute by syntax, yet the library asks for it by name.
SAME_SITE = {"None": 0, "Lax": 1, "Strict": 2, "ExplicitNone": 3}


class RpcHttpCookie(SimpleNamespace):
    """A cookie of a response, its attributes wrapped in `Nullable...` or None."""

    SameSite: ClassVar[Any] = SimpleNamespace(**SAME_SITE)


PLAIN = (
    "FunctionMetadataResponse",
    "InvocationResponse",
    "NullableBool",
    "NullableDouble",
    "NullableString",
    "NullableTimestamp",
    "RpcException",
    "RpcFunctionMetadata",
    "RpcHttp",
    "RpcRetryOptions",
    "Timestamp",
    "WorkerInitResponse",
    "WorkerMetadata",
)

PROTOS = SimpleNamespace(
    BindingInfo=BindingInfo,
    ParameterBinding=ParameterBinding,
    RpcHttpCookie=RpcHttpCookie,
    StatusResult=StatusResult,
    TypedData=TypedData,
    **dict.fromkeys(PLAIN, SimpleNamespace),
)
