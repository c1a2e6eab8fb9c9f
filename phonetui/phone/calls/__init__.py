"""Calls as they come, go and are told apart: legs, pairs, records."""
