"""People in a call who talk, as a pure model: what every provider of calls has in common.

No I/O, no clock, no randomness of its own: time (ms since the Unix epoch) and a seed come in,
what happens goes out as data. A provider's model adds how calls come about and what is told of them.
"""
