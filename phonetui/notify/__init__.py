"""Notifications of alerts: grouped by cause, sent to a command, a webhook, Apprise or the terminal.

alert_groups ──► service ──► channels, terminal          `alert_groups` is pure
"""
