"""Calls: the list, one call, figures over time."""
