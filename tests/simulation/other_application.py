"""Another application at Bandwidth, which runs calls of its own and may let us listen."""

from collections.abc import Callable
from random import Random

from local.bandwidth_model.effects import SendWebhook

SITE = "https://app.example"
PAUSE = '<Pause duration="86400"/>'
REDIRECT = f'<Redirect redirectUrl="{SITE}/next"/>'
COLLEAGUES = ("+15551230005", "+15551230003")
"""Whom it connects its calls with; the second one never picks up."""
ASKING = frozenset({"answer", "initiate", "redirect", "transferComplete"})


class OtherApplication:
    """Answers its webhooks, each call by its own whim; `words` says something that nobody said before."""

    def __init__(self, chance: Random, words: Callable[[int], str]) -> None:
        self.chance = chance
        self.words = words

    def answer(self, webhook: SendWebhook) -> tuple[int, str]:
        """Status and body for a webhook."""
        if webhook.event["eventType"] not in ASKING:
            return 204, ""
        return 200, bxml(self.going_on())

    def going_on(self) -> str:
        """Verbs with which a call goes on for as long as its people want."""
        voice = f"<SpeakSentence>{self.words(3)}</SpeakSentence>"
        colleague = f"<PhoneNumber>{self.chance.choice(COLLEAGUES)}</PhoneNumber>"
        return self.chance.choice((PAUSE, PAUSE, voice + PAUSE, f"<Transfer>{colleague}</Transfer>{PAUSE}"))

    def continuation(self) -> str:
        """What a call is to go on with after we did something."""
        return self.chance.choice((REDIRECT, REDIRECT, PAUSE, f'<Pause duration="2"/>{REDIRECT}'))


def bxml(verbs: str) -> str:
    """A document."""
    return f"<Response>{verbs}</Response>"
