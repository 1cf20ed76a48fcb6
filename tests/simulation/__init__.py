"""Deterministic simulation: whole worlds on virtual time, in which everything goes wrong that can.

The product's own services and machine run against the pure models of calls; storage, network and processes are replaced
by ones that lag, fail and die by the seed. A seed is a world; the same seed is the same world.
"""
