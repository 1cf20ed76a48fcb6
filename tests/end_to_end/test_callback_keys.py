"""ACS's published keys change while the app runs: new ones are found, withdrawn ones open nothing any more."""

from dataclasses import replace
from pathlib import Path

from local.call_automation.tokens import Signer
from tests.end_to_end.cloud import Cloud, eventually, running_cloud
from tests.end_to_end.published_keys import PublishedKeys, serving_keys
from tests.end_to_end.sessions import Session, read, stopped, transcribed
from tests.end_to_end.test_bad_input import assert_problem
from tests.end_to_end.test_callback_door import bearer, disconnected, post, ticket_of


def signing(keys: PublishedKeys, cloud: Cloud) -> Signer:
    """Who signs now with a published key, for this deployment."""
    return replace(keys.signer, audience=cloud.stack.plan.acs_resource_id)


async def status_of(cloud: Cloud, session: Session, authorization: str) -> int:
    """The answer to a callback that is only noted."""
    noted = [disconnected(session)[0] | {"type": "Microsoft.Communication.SomethingNew"}]
    return (await post(cloud, session, await ticket_of(cloud, session), authorization, noted)).status


async def test_keys_that_rotate_while_the_app_runs(tmp_path: Path) -> None:
    async with (
        serving_keys() as keys,
        running_cloud(tmp_path, hosts=1, ACS_CALLBACK_KEYS_URL=keys.url) as cloud,
    ):
        keys.beside = f"{cloud.stack.plan.call_automation_url}/calling/keys"
        _, session = await transcribed(cloud)
        old, withdrawn = bearer(signing(keys, cloud)), keys.signer
        assert await status_of(cloud, session, old) == 200

        keys.signer = Signer("")
        new = bearer(signing(keys, cloud))

        async def opens() -> bool:
            return await status_of(cloud, session, new) == 200

        await eventually(opens)  # the keys are fetched once in ten seconds, whoever asks
        assert await status_of(cloud, session, old) == 401
        forged = replace(signing(keys, cloud), key_id=withdrawn.key_id)
        answer = await post(cloud, session, await ticket_of(cloud, session), bearer(forged))
        assert_problem(answer, 401, "Authorization")
        assert await read(cloud, session) == session
        await stopped(cloud, session)  # which takes ACS's own callbacks, signed with a key that stayed
