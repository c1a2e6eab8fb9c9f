"""Frozen states of phones, and pure functions from documents to them: calls, quality, alerts, causes."""
