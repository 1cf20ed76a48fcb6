"""Calls as Azure Communication Services has them: a pure model, on that of people who talk (`local.conversation`).

No I/O, no clock, no randomness of its own: time (ms since the Unix epoch) and a seed come in,
what happens goes out as data. The HTTP stand-in drives it with real time, a simulation with its own.
Marks in comments: [R] recorded traffic, [D] Microsoft's documentation, [V] seen in the SDK, [I] inferred.
"""

from local.acs_model.calls import Calls

__all__ = ["Calls"]
