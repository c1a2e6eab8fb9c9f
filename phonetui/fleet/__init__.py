"""Fleets: the protocol that viewers use, and fleets around other fleets."""
