"""The Call Automation stand-in: real HTTP, real WebSockets, signed callbacks; every decision is the model's."""
