"""A stand-in for Microsoft Entra ID: sign-in by authorization code, tokens, published keys, managed identities.

It believes everyone who says who they are. What is from Microsoft's documents or clients is told where it is used.
"""
