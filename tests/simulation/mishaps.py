"""What goes wrong, by the seed: lag, lost answers, refused requests, dying processes, people and their whims."""

import asyncio
from dataclasses import dataclass
from random import Random

from functions.errors import Unavailable


@dataclass
class Mishaps:
    """Draws every mishap from one source of chance; nothing goes wrong any more once it is `calm`.

    `count` is how many there were, those included that the world adds by itself.
    """

    chance: Random
    calm: bool = False
    count: int = 0

    def happens(self, probability: float) -> bool:
        """Whether a mishap of that probability happens now."""
        struck = not self.calm and self.chance.random() < probability
        self.count += struck
        return struck

    async def storage_delay(self) -> None:
        """What storage takes before or after its effect; now and then it fails instead, or its caller dies."""
        await asyncio.sleep(self.chance.uniform(0.001, 0.02))
        caller = asyncio.current_task()
        if caller is not None and self.happens(0.004):
            caller.cancel()
            await asyncio.sleep(0)
        if self.happens(0.004):
            raise Unavailable("storage does not answer")

    async def network_delay(self, most: float = 0.05) -> None:
        """What a message takes on its way."""
        late = self.chance.uniform(0.2, 3.0) if self.happens(0.02) else 0.0
        await asyncio.sleep(self.chance.uniform(0.001, most) + late)
