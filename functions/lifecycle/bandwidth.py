"""Bandwidth among the providers of calls: its name in a StartRequest, and the locales in which it transcribes."""

PROVIDER = "bandwidth"
LOCALES = ("en-US", "es-US", "fr-FR")
"""Those that Bandwidth's OpenAPI document says it can find in a call."""
