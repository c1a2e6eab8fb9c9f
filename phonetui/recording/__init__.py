"""Recordings: what a fleet observed, in files from which the same fleet can be made again at any moment."""
