"""Calls as they come and go: their identity, legs, pairs and records."""
