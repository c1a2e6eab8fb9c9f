"""Alerts: the conditions of each kind, and the alerts that they raise."""
