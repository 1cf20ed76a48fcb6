"""Captions in a terminal: finals as lines, the words being said as one line that is written over."""

import shutil
import sys
from typing import Any

COLOURS = (36, 33, 35, 32, 34, 31)
CLEAR_LINE = "\r\x1b[K"


class CaptionLines:
    """Writes captions and changes of state; colours and provisional words only where it is a terminal."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self.order: dict[str, int] = {}
        self.live = sys.stdout.isatty()
        self.state = ""

    def show(self, message: dict[str, Any]) -> None:
        """Write one message that a viewer got."""
        if message["type"] == "session":
            self.show_state(message["state"])
        elif message["final"]:
            self.write(f"{clock(message['offsetMs'])}  {self.voice(message)}: {message['text']}")
        elif self.live:
            width = shutil.get_terminal_size().columns - 1
            words = f"          {self.name(message)}… {message['text']}"
            print(f"{CLEAR_LINE}\x1b[2m{words[:width]}\x1b[0m", end="", flush=True)

    def show_state(self, state: str) -> None:
        """Write a state that is new."""
        if state != self.state:
            self.state = state
            self.write(f"          ({state})")

    def write(self, line: str) -> None:
        """Write a line in the place of the provisional words."""
        print((CLEAR_LINE if self.live else "") + line, flush=True)

    def name(self, message: dict[str, Any]) -> str:
        """Who speaks."""
        speaker: str = message["speaker"]["id"]
        return self.names.get(speaker, speaker[-12:])

    def voice(self, message: dict[str, Any]) -> str:
        """Who speaks, in their colour."""
        place = self.order.setdefault(message["speaker"]["id"], len(self.order))
        if not self.live:
            return self.name(message)
        return f"\x1b[{COLOURS[place % len(COLOURS)]}m{self.name(message)}\x1b[0m"


def clock(milliseconds: int) -> str:
    """`MM:SS.t`, as long as a meeting needs."""
    tenths = milliseconds // 100
    return f"{tenths // 600:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"
