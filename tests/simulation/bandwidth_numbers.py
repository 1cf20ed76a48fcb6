"""Who has which number at Bandwidth, and what happens to whom it rings."""

from functions.lifecycle.answer_rules import AnswerRule
from local.bandwidth_model.steering import Application
from local.conversation.steering import Answering, Timings
from tests.simulation.bandwidth import Bandwidth
from tests.simulation.bandwidth_calls import APP, APPLICATION, WEBHOOKS
from tests.simulation.bandwidth_doors import OF_NUMBERS
from tests.simulation.other_application import REDIRECT, SITE

THEIR_APPLICATION = "theirs"
RULES = (
    AnswerRule(to="4:+15550000011", continue_with=REDIRECT),
    AnswerRule(to="4:+15550000012", locale="fr-FR"),
)
NOBODYS = "+15550000013"
"""A number of ours for which there is no rule."""
OURS = ("+15550000011", "+15550000012", NOBODYS)
THEIRS = "+15550000099"
CALLEES = {"+15551230001": None, "+15551230002": 5_000, "+15551230004": 20_000}
"""Whom we call, and when they pick up (ms), where that is not at once."""
NEVER = "+15551230003"


async def set_up(bandwidth: Bandwidth) -> None:
    """Two applications, and people who pick up in their own time, or never."""
    await register(bandwidth, APPLICATION, f"{APP}{OF_NUMBERS}", OURS, WEBHOOKS)
    await register(bandwidth, THEIR_APPLICATION, f"{SITE}/calls", (THEIRS,), ("", ""))
    for number, after in CALLEES.items():
        await bandwidth.ask(Answering(target=number, timings=Timings(connected=after)))
    await bandwidth.ask(Answering(target=NEVER, picks_up=False))


async def register(
    bandwidth: Bandwidth, name: str, url: str, numbers: tuple[str, ...], known: tuple[str, str]
) -> None:
    """An application with its numbers, and with the name and password of its webhooks."""
    await bandwidth.ask(
        Application(
            application_id=name,
            call_initiated_url=url,
            call_status_url=url,
            numbers=numbers,
            username=known[0],
            password=known[1],
        )
    )
