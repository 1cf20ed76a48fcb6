from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, settings

from local.stack import Stack, running_azurite, running_stack

# How long a machine takes to make examples says nothing of the code.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The whole local cloud with this project's app: one function host, no keys."""
    async with running_stack(run_dir=tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="session")
async def azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The connection string of an Azurite table service."""
    async with running_azurite(tmp_path_factory.mktemp("azurite")) as connection_string:
        yield connection_string
