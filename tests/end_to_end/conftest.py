from collections.abc import AsyncIterator

import pytest

from tests.end_to_end.calls import disturb_callbacks, hang_up_everywhere
from tests.end_to_end.cloud import Cloud, running_cloud


@pytest.fixture(scope="session")
async def lasting_cloud(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    """The whole local cloud: two function hosts that ask for keys, sweeps only when a test asks for one."""
    async with running_cloud(tmp_path_factory.mktemp("cloud"), hosts=2) as running:
        yield running


@pytest.fixture
async def cloud(lasting_cloud: Cloud) -> AsyncIterator[Cloud]:
    """The cloud; a test's calls end with it."""
    yield lasting_cloud
    await hang_up_everywhere(lasting_cloud)


@pytest.fixture
async def steady(cloud: Cloud) -> AsyncIterator[Cloud]:
    """The cloud, whose callbacks come as they should again after the test."""
    yield cloud
    await disturb_callbacks(cloud)
