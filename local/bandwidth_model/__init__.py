"""Calls as Bandwidth's Programmable Voice has them: a pure model, on that of people who talk (`local.conversation`).

No I/O, no clock, no randomness of its own: time (ms since the Unix epoch) and a seed come in,
what happens goes out as data. The HTTP stand-in drives it with real time, a simulation with its own.
Marks in comments: [D] Bandwidth's documentation, [S] its SDK and OpenAPI, [I] inferred.
"""

from local.bandwidth_model.voice import Voice

__all__ = ["Voice"]
