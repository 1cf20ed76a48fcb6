"""Azure Web PubSub on a laptop: its client endpoint, its REST API and its upstream events.

[E] in a comment marks what is known from Microsoft's own emulator only.
"""
