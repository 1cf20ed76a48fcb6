"""The locales in which Bandwidth transcribes."""

LOCALES = ("en-US", "es-US", "fr-FR")
"""Those that Bandwidth's OpenAPI document says it can find in a call."""
