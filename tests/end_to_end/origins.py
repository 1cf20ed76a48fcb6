"""Where pages come from that call the local cloud."""

LET_IN = "https://www.contoso.example"
"""The origin whose pages may call it."""
