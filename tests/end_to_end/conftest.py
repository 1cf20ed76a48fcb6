import json
from collections.abc import AsyncIterator

import pytest

from local.other_application import OtherApplication, running_application
from tests.end_to_end import bandwidth_calls
from tests.end_to_end.calls import disturb_callbacks, hang_up_everywhere
from tests.end_to_end.cloud import Cloud, running_cloud
from tests.end_to_end.event_grid import disturb_events
from tests.end_to_end.origins import LET_IN
from tests.end_to_end.phones import ANSWER_RULES


@pytest.fixture(scope="session")
async def lasting_cloud(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    """The whole local cloud: two function hosts that ask for keys, sweeps only when a test asks for one.

    Pages of one origin are let in.
    """
    folder = tmp_path_factory.mktemp("cloud")
    rules = json.dumps(ANSWER_RULES)
    async with running_cloud(folder, hosts=2, cors=[LET_IN], ANSWER_RULES=rules) as running:
        yield running


@pytest.fixture
async def cloud(lasting_cloud: Cloud) -> AsyncIterator[Cloud]:
    """The cloud; a test's calls end with it."""
    yield lasting_cloud
    await hang_up_everywhere(lasting_cloud)


@pytest.fixture
async def steady(cloud: Cloud) -> AsyncIterator[Cloud]:
    """The cloud, whose callbacks and events come as they should again after the test."""
    yield cloud
    await disturb_callbacks(cloud)
    await disturb_events(cloud)


@pytest.fixture(scope="session")
async def lasting_keyless_cloud(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    """The same without access keys: one host, opened to Azure's services by its identity."""
    folder = tmp_path_factory.mktemp("keyless-cloud")
    async with running_cloud(folder, hosts=1, identity=True) as running:
        yield running


@pytest.fixture
async def keyless_cloud(lasting_keyless_cloud: Cloud) -> AsyncIterator[Cloud]:
    """The cloud without access keys; a test's calls end with it."""
    yield lasting_keyless_cloud
    await hang_up_everywhere(lasting_keyless_cloud)


@pytest.fixture(scope="session")
async def lasting_bandwidth_cloud(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    """The same with Bandwidth's calls, on one host."""
    folder = tmp_path_factory.mktemp("bandwidth-cloud")
    rules = json.dumps(bandwidth_calls.ANSWER_RULES)
    async with running_cloud(folder, hosts=1, bandwidth=True, ANSWER_RULES=rules) as running:
        yield running


@pytest.fixture
async def at_bandwidth(lasting_bandwidth_cloud: Cloud) -> AsyncIterator[Cloud]:
    """The cloud with Bandwidth's calls; a test's calls end with it."""
    yield lasting_bandwidth_cloud
    await bandwidth_calls.hang_up_everywhere(lasting_bandwidth_cloud)


@pytest.fixture
async def other(at_bandwidth: Cloud) -> AsyncIterator[OtherApplication]:
    """Another application of the same account at Bandwidth."""
    async with running_application(bandwidth_calls.plan_of(at_bandwidth)) as application:
        yield application
