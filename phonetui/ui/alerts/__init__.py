"""Alerts, and events from the journal."""
