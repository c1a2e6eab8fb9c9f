"""Remembered calls: the list, one call whole, figures over time."""
