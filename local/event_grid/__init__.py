"""A stand-in for Event Grid: two topics, their subscriptions, and deliveries on the service's own terms.

[D] marks what Microsoft documents, [E] what other emulators found by asking the service.
"""
