"""Calls of the sample run that wait: whoever types one into the page's form finds people who begin to talk."""

from .api import Api
from .bandwidth_sample_calls import OUR_NUMBER, instruct, said_by
from .sample_meeting import prepare_call, said_again

PHONE = "+15550100100"


async def prepare(calls: Api, bandwidth: Api, speed: float, rounds: int) -> str:
    """A group call and a phone that picks up, each as ready as it can be; what to type to have it transcribed."""
    group = (await prepare_call(calls, speed, rounds)).group
    sample = said_by(f"4:{PHONE}", OUR_NUMBER)
    await instruct(bandwidth, sample | {"script": said_again(sample["script"], rounds)}, speed=speed)
    return (
        f"  Calls to start there yourself: the group call {group},\n"
        f"  or at Bandwidth: ring {PHONE}, show {OUR_NUMBER}."
    )
