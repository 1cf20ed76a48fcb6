"""The Bandwidth stand-in: real HTTP, real WebSockets, OAuth2; every decision about a call is the model's."""
