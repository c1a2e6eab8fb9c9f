"""Recordings: what a fleet observed, in files, from which the fleet can be made again at any moment."""
