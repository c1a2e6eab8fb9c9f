"""Calls: identity, legs, pairs and records."""
